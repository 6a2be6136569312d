/** Which picture of the open alert lies large over everything; null when none does. */
import { createStore } from '../live/store.ts';
import { openCase } from '../live/open-case.ts';
import { picturesOf } from './pictures.ts';

/** Number of the picture. */
export const enlarged = createStore<number | null>(null);

/** Shows the first picture of the open alert large, or takes it away again. */
export function toggleEnlarged(): void {
  const pictures = count();
  enlarged.update((now) => (now === null && pictures > 0 ? 0 : null));
}

/** To the next or previous picture, round the end. */
export function turnPicture(step: 1 | -1): void {
  const pictures = count();
  enlarged.update((now) => (now === null || pictures === 0 ? now : (now + step + pictures) % pictures));
}

function count(): number {
  const { answer } = openCase.get();
  return answer ? picturesOf(answer.alert).length : 0;
}
