/** Who is signed in, and at which site. */
import { ApiError, api } from '../api/client.ts';
import type { Me, Site } from '../api/contract.ts';
import { createStore } from './store.ts';

export interface Session {
  /** `asking` until the server said who we are. */
  readonly state: 'asking' | 'signed-out' | 'choose-password' | 'signed-in';
  readonly me: Me | null;
}

export const session = createStore<Session>({ state: 'asking', me: null });
export const site = createStore<Site>({ name: '', timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });

/** Takes `#code=…` out of the address, so that it is in no history and no shoulder-surfer's photo for long. */
export function takeCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code !== null) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

/** Asks who we are; signed out if nobody. Throws what is not a refusal. */
export async function enter(offerPassword: boolean): Promise<void> {
  try {
    const me = await api.me();
    site.set(me.site);
    session.set({ state: offerPassword && me.mustSetPassword ? 'choose-password' : 'signed-in', me });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    leave();
  }
}

/** Tells the server that we are still here, and hears what we may do now. */
export async function refresh(): Promise<void> {
  const me = await api.me();
  session.update((now) => (now.state === 'signed-in' ? { ...now, me } : now));
}

/** The server no longer knows us, or we said goodbye. */
export function leave(): void {
  session.set({ state: 'signed-out', me: null });
}

export async function signOut(): Promise<void> {
  await api.signOut().catch(() => undefined);
  leave();
}
