/** Who is here decides what is shown: the door, the offer of a password, or the console. */
import { useEffect, useState } from 'react';
import { api } from './api/client.ts';
import { Console } from './console.tsx';
import { enter, leave, session, takeCode } from './live/session.ts';
import { useStore } from './live/store.ts';
import { SetPassword } from './sign-in/set-password.tsx';
import { SignIn } from './sign-in/sign-in.tsx';

/** A one-time code signs in by itself; without one we ask whether the browser still has a session. */
async function arrive(): Promise<void> {
  const code = takeCode();
  if (code === null) return enter(false);
  await api.signIn({ code });
  await enter(true);
}

export function App() {
  const { state, me } = useStore(session, (now) => now);
  const [refusal, setRefusal] = useState<unknown>(null);

  useEffect(() => {
    const knock = (): void =>
      void arrive().catch((error: unknown) => {
        setRefusal(error);
        leave();
      });
    knock();
    // A one-time link pasted into a page that is already open changes only the hash.
    const onHash = (): void => void (location.hash.includes('code=') && knock());
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);

  switch (state) {
    case 'asking':
      return <SignIn waiting refusal={null} />;
    case 'signed-out':
      return <SignIn waiting={false} refusal={refusal} />;
    case 'choose-password':
      return <SetPassword name={me?.operator.name ?? ''} />;
    case 'signed-in':
      return <Console />;
  }
}
