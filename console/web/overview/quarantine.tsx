/** For administrators: the last messages that could not be understood: when, whose, on which topic, why, and what came. */
import { useEffect, useState } from 'react';
import type { QuarantinedMessage } from '../../../domain/device.ts';
import { api } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { Moment } from '../time/now.tsx';
import { unreadKind } from './unread-kind.ts';

const SHOWN_BYTES = 400;

/** The first bytes as text; null where they are none. */
export function payloadText(base64: string): string | null {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).subarray(0, SHOWN_BYTES);
  // The cut may go through a character: `stream` lets an unfinished one at the end pass.
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return /[\x00-\x08\x0e-\x1f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function SetAside({ message }: { message: QuarantinedMessage }) {
  const words = useWords();
  const device = useStore(situation, (now) => (message.deviceId === null ? words.overview.unknownDevice : (now.devices.get(message.deviceId)?.name ?? message.deviceId)));
  const came = message.payloadBytes === 0 ? words.overview.payloadEmpty : (payloadText(message.payloadBase64) ?? words.overview.payloadNoText);
  return (
    <li className="set-aside">
      <details>
        <summary>
          <span className="faint">
            <Moment atMs={message.receivedAtMs} />
          </span>
          <span className="set-aside-what">
            <strong>{words.unread[unreadKind(message.reason)]}</strong> <span className="quiet">{words.overview.from(device)}</span>
            <span className="fact-under faint mono cut">{message.topic}</span>
          </span>
        </summary>
        {/* The reason names fields and values of the message: it is kept as the gateway wrote it. */}
        <p lang="en">{message.reason}</p>
        <p className="faint">
          {words.overview.payload} <span className="num">({words.overview.payloadBytes(message.payloadBytes)})</span>
        </p>
        <pre className="mono scroll">{came}</pre>
      </details>
    </li>
  );
}

export function Quarantine() {
  const words = useWords();
  // The summary's count tells when there is something new to read.
  const count = useStore(situation, (now) => now.summary?.quarantined ?? 0);
  const [messages, setMessages] = useState<readonly QuarantinedMessage[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  useEffect(() => {
    let wanted = true;
    api.quarantine().then(
      (read) => wanted && (setMessages(read.toSorted((a, b) => b.receivedAtMs - a.receivedAtMs)), setFailed(null)),
      (error: unknown) => wanted && setFailed(error),
    );
    return () => void (wanted = false);
  }, [count]);
  if (failed !== null) return <p className="air-none" role="alert">{errorSentence(failed, words)}</p>;
  if (messages === null) return <p className="air-none faint">{words.overview.reading}</p>;
  if (messages.length === 0) return <p className="air-none faint">{words.overview.noQuarantine}</p>;
  return (
    <ul>
      {messages.map((message) => (
        <SetAside key={message.id} message={message} />
      ))}
    </ul>
  );
}
