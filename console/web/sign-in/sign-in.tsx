/** Name and password, or the one-time link doing its work. */
import { type FormEvent, useState } from 'react';
import { api } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { enter } from '../live/session.ts';
import { Door } from './door.tsx';

export function SignIn({ waiting, refusal }: { waiting: 'asking' | 'away' | null; refusal: unknown }) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const problem = failed ?? refusal;

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailed(null);
    try {
      await api.signIn({ name: String(form.get('name') ?? '').trim(), password: String(form.get('password') ?? '') });
      await enter(false);
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  }

  if (waiting) {
    return (
      <Door title={words.signIn.title}>
        <p className="quiet" role="status">
          {waiting === 'away' ? words.signIn.away : words.signIn.withCode}
        </p>
      </Door>
    );
  }
  return (
    <Door title={words.signIn.title}>
      <form className="door-form" onSubmit={(event) => void submit(event)}>
        <label>
          <span>{words.signIn.name}</span>
          <input className="field" name="name" autoComplete="username" required autoFocus />
        </label>
        <label>
          <span>{words.signIn.password}</span>
          <input className="field" name="password" type="password" autoComplete="current-password" required />
        </label>
        <p className="door-problem" role="alert">
          {problem ? errorSentence(problem, words) : ''}
        </p>
        <button className="button main" disabled={busy}>
          {busy ? words.signIn.working : words.signIn.submit}
        </button>
        <p className="faint">{words.signIn.codeHint}</p>
      </form>
    </Door>
  );
}
