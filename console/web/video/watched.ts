/** Which camera's live video lies over the console, and what for; null when none does. */
import { openCase } from '../live/open-case.ts';
import { createStore } from '../live/store.ts';

export interface Watched {
  readonly cameraId: string;
  /** Noted where faces can be seen: the alert it is about; null when it is just looked at. */
  readonly alertId: string | null;
}

export const watched = createStore<Watched | null>(null);

/** The camera of the open alert. */
export function watchOpenAlert(): void {
  const alert = openCase.get().answer?.alert;
  if (alert && 'cameraId' in alert.finding) watched.set({ cameraId: alert.finding.cameraId, alertId: alert.id });
}
