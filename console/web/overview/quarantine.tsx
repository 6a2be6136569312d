/** For administrators: the last messages that could not be understood, each with the reason. */
import { useEffect, useState } from 'react';
import type { QuarantinedMessage } from '../../../domain/device.ts';
import { api } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { Moment } from '../time/now.tsx';

export function Quarantine() {
  const words = useWords();
  // The summary's count tells when there is something new to read.
  const count = useStore(situation, (now) => now.summary?.quarantined ?? 0);
  const devices = useStore(situation, (now) => now.devices);
  const [messages, setMessages] = useState<readonly QuarantinedMessage[]>([]);
  const [failed, setFailed] = useState<unknown>(null);
  useEffect(() => {
    let wanted = true;
    api.quarantine().then(
      (read) => wanted && (setMessages(read), setFailed(null)),
      (error: unknown) => wanted && setFailed(error),
    );
    return () => void (wanted = false);
  }, [count]);
  if (failed !== null) return <p className="air-none" role="alert">{errorSentence(failed, words)}</p>;
  if (messages.length === 0) return <p className="air-none faint">{words.overview.noQuarantine}</p>;
  return (
    <ul>
      {messages.map((message) => (
        <li key={message.id} className="set-aside">
          <span className="faint">
            <Moment atMs={message.receivedAtMs} />
          </span>
          <span>
            {message.reason}
            <span className="fact-under faint mono cut">
              {message.topic} · {words.overview.from(message.deviceId === null ? words.overview.unknownDevice : (devices.get(message.deviceId)?.name ?? message.deviceId))}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
