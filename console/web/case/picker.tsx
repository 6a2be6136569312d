/** One question before a move: mark an answer by number or arrow, give a reason where asked, Enter sends, Esc leaves it. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/language.ts';
import { openCase } from '../live/open-case.ts';
import { useStore } from '../live/store.ts';
import { picker } from './moves.ts';
import { NoticeLine } from './notice-line.tsx';

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
  readonly tag?: string | undefined;
}

export interface PickerProps {
  readonly title: string;
  readonly options: readonly Option[];
  /** Marked at first; null makes the operator choose. */
  readonly first: string | null;
  readonly why: 'none' | 'optional' | 'required';
  readonly children?: React.ReactNode;
  readonly onSend: (value: string, why: string) => Promise<boolean>;
}

const close = (): void => picker.set(null);

/** Digits and arrows mark wherever the focus is, but not while somebody writes a reason. */
function useMarkKeys(options: readonly Option[], marked: string | null, mark: (value: string) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const writing = event.target instanceof HTMLInputElement && event.target.type === 'text';
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        return close();
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = options.findIndex((option) => option.value === marked);
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      const digit = writing ? NaN : Number(event.key);
      const next = step !== 0 ? options[Math.max(0, Math.min(options.length - 1, at + step))] : digit >= 1 ? options[digit - 1] : undefined;
      if (!next) return;
      event.preventDefault();
      event.stopPropagation();
      mark(next.value);
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [options, marked, mark]);
}

function Options({ options, marked, mark }: { options: readonly Option[]; marked: string | null; mark: (value: string) => void }) {
  return (
    <div className="options scroll" role="radiogroup">
      {options.map((option, i) => (
        <label key={option.value} className={option.value === marked ? 'option option-marked' : 'option'}>
          <input type="radio" name="option" value={option.value} checked={option.value === marked} onChange={() => mark(option.value)} />
          <kbd>{i < 9 ? i + 1 : '·'}</kbd>
          <span className="option-body">
            <span className="option-label">
              {option.label}
              {option.tag && <span className="option-tag">{option.tag}</span>}
            </span>
            {option.detail && <span className="option-detail faint num">{option.detail}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}

export function PickerForm({ title, options, first, why, children, onSend }: PickerProps) {
  const words = useWords();
  const [chosen, mark] = useState<string | null>(null);
  const marked = chosen ?? first;
  const [reason, setReason] = useState('');
  const busy = useStore(openCase, (now) => now.busy);
  const send = useRef<HTMLButtonElement>(null);
  const text = useRef<HTMLInputElement>(null);
  useMarkKeys(options, marked, mark);
  const hasOptions = options.length > 0;
  useEffect(() => (hasOptions ? send.current : text.current)?.focus(), [hasOptions]);
  const ready = (!hasOptions || marked !== null) && (why !== 'required' || reason.trim() !== '') && !busy;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (ready && (await onSend(marked ?? '', reason.trim()))) close();
  }
  return (
    <form className="picker" onSubmit={(event) => void submit(event)} aria-label={title}>
      <h3>{title}</h3>
      {children}
      {hasOptions && <Options options={options} marked={marked} mark={mark} />}
      {why !== 'none' && (
        <input
          ref={text}
          type="text"
          className="field"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={500}
          aria-label={words.act.why}
          placeholder={why === 'optional' ? `${words.act.why} (${words.act.optional})` : words.act.why}
        />
      )}
      <NoticeLine />
      <div className="picker-foot">
        {/* Not `disabled`: a button that cannot hold the focus would lose the Enter key. */}
        <button ref={send} className="button main" aria-disabled={!ready}>
          {busy ? words.act.working : words.act.send} <kbd>Enter</kbd>
        </button>
        <button type="button" className="button plain" onClick={close}>
          {words.act.cancel} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
