/** After a one-time code: the offer of a password, which may be declined. */
import { type FormEvent, useState } from 'react';
import { api } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { session } from '../live/session.ts';
import { Door } from './door.tsx';

const MIN_LENGTH = 10;

const goOn = (): void => session.update((now) => ({ ...now, state: 'signed-in' }));

export function SetPassword({ name }: { name: string }) {
  const words = useWords();
  const [problem, setProblem] = useState('');

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    if (password.length < MIN_LENGTH) return setProblem(words.signIn.tooShort);
    try {
      await api.setPassword(password);
      goOn();
    } catch (error) {
      setProblem(errorSentence(error, words));
    }
  }

  return (
    <Door title={words.signIn.setTitle}>
      <form className="door-form" onSubmit={(event) => void submit(event)} noValidate>
        <p className="quiet">{words.signIn.setLine(name)}</p>
        {/* Password keepers file a new password under the name they find beside it. */}
        <input className="only-heard" name="username" autoComplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
        <label>
          <span>{words.signIn.newPassword}</span>
          <input className="field" name="password" type="password" autoComplete="new-password" aria-describedby="password-rule" autoFocus />
        </label>
        <p id="password-rule" className={problem ? 'door-problem' : 'faint'} role={problem ? 'alert' : undefined}>
          {problem || words.signIn.rule}
        </p>
        <button className="button main">{words.signIn.save}</button>
        <button type="button" className="button plain" onClick={goOn}>
          {words.signIn.skip}
        </button>
      </form>
    </Door>
  );
}
