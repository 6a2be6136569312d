/** Who is here decides what is shown: the door, the offer of a password, or the console. */
import { useEffect, useState } from 'react';
import { ApiError, api } from './api/client.ts';
import { Console } from './console.tsx';
import { enter, leave, session, takeCode } from './live/session.ts';
import { useStore } from './live/store.ts';
import { SetPassword } from './sign-in/set-password.tsx';
import { SignIn } from './sign-in/sign-in.tsx';

const KNOCK_AGAIN_MS = 3000;

/** A one-time code signs in by itself; without one we ask whether the browser still has a session. */
async function arrive(code: string | null): Promise<void> {
  if (code === null) return enter(false);
  await api.signIn({ code });
  await enter(true);
}

export function App() {
  const { state, me } = useStore(session, (now) => now);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [away, setAway] = useState(false);

  useEffect(() => {
    let again = 0;
    const knock = (code: string | null): void =>
      void arrive(code).catch((error: unknown) => {
        // A server that is away says nothing about who we are: whoever reloads the page meanwhile keeps their session.
        const offline = error instanceof ApiError && error.code === 'OFFLINE';
        setAway(offline);
        if (offline) return void (again = window.setTimeout(knock, KNOCK_AGAIN_MS, code));
        setRefusal(error);
        leave();
      });
    knock(takeCode());
    // A one-time link pasted into a page that is already open changes only the hash.
    const onHash = (): void => void (location.hash.includes('code=') && knock(takeCode()));
    window.addEventListener('hashchange', onHash);
    return () => {
      window.clearTimeout(again);
      window.removeEventListener('hashchange', onHash);
    };
  }, []);

  switch (state) {
    case 'asking':
      return <SignIn waiting={away ? 'away' : 'asking'} refusal={null} />;
    case 'signed-out':
      return <SignIn waiting={null} refusal={refusal} />;
    case 'choose-password':
      return <SetPassword name={me?.operator.name ?? ''} />;
    case 'signed-in':
      return <Console />;
  }
}
