/** Every key of the console in one table: the handler acts on it and the overview shows it. */
import { FIRST_FILTER_ID } from '../alerts/filter-bar.tsx';
import { openSelected, selectStep, showFresh } from '../alerts/desk.ts';
import { enlarged, toggleEnlarged, turnPicture } from '../case/enlarged.ts';
import { MOVE_KEYS, picker, startMove } from '../case/moves.ts';
import type { Move } from '../../../domain/case.ts';
import { switchLanguage } from '../i18n/language.ts';
import { open, openCase } from '../live/open-case.ts';
import { createStore } from '../live/store.ts';
import { mapView } from '../map/held-view.ts';
import { watched, watchOpenAlert } from '../video/watched.ts';

export const helpOpen = createStore(false);
/** A page of its own that lies over the console, by name: it has its own keys, and Esc is the browser's. */
export const pageOpen = createStore<'arm-profile' | 'trial' | null>(null);

const MOVES_BY_KEY: ReadonlyMap<string, Move> = new Map(Object.entries(MOVE_KEYS).map(([move, key]) => [key, move as Move]));

/** Where letters are text, not commands. */
function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input[type="text"], input[type="password"], textarea') !== null;
}

/** A select or the map (which may be SVG) use arrows themselves; buttons use Enter. */
const keepsArrows = (target: EventTarget | null): boolean => target instanceof Element && target.closest('select, .map-canvas, .case-scroll') !== null;
const keepsEnter = (target: EventTarget | null): boolean => target instanceof Element && target.closest('button, select, a, label, summary') !== null;

function back(): void {
  if (helpOpen.get()) return helpOpen.set(false);
  if (enlarged.get() !== null) return enlarged.set(null);
  if (picker.get() !== null) return picker.set(null);
  const focused = document.activeElement;
  // From a filter or the map the first Esc only leads back to the list.
  if ((focused instanceof HTMLElement || focused instanceof SVGElement) && focused.closest('.filter, .console-map')) return focused.blur();
  if (openCase.get().alertId !== null) void open(null);
}

const COMMANDS: Readonly<Record<string, () => void>> = {
  j: () => selectStep(1),
  k: () => selectStep(-1),
  n: showFresh,
  '/': () => document.getElementById(FIRST_FILTER_ID)?.focus(),
  g: () => mapView.get()?.focus(),
  l: switchLanguage,
  v: toggleEnlarged,
  p: watchOpenAlert,
  '?': () => helpOpen.update((now) => !now),
};

function commandFor(event: KeyboardEvent): (() => void) | undefined {
  switch (event.key) {
    case 'Escape':
      return back;
    case 'Enter':
      return keepsEnter(event.target) ? undefined : openSelected;
    case 'ArrowDown':
      return keepsArrows(event.target) ? undefined : () => selectStep(1);
    case 'ArrowUp':
      return keepsArrows(event.target) ? undefined : () => selectStep(-1);
    default: {
      // Typing a letter in an open select searches its options.
      if (event.target instanceof HTMLSelectElement && /^\w$/.test(event.key)) return undefined;
      const move = MOVES_BY_KEY.get(event.key.toLowerCase());
      return move ? () => void startMove(move) : COMMANDS[event.key.toLowerCase()];
    }
  }
}

/** A picture that lies over everything takes all keys: a move must not go out from beneath it. */
function commandOverPicture({ key }: KeyboardEvent): (() => void) | undefined {
  switch (key) {
    case 'Escape':
    case 'v':
      return () => enlarged.set(null);
    case 'ArrowRight':
    case 'ArrowDown':
      return () => turnPicture(1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return () => turnPicture(-1);
    default:
      return undefined;
  }
}

export function startKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || pageOpen.get() !== null || watched.get() !== null) return;
    if (isWriting(event.target) && event.key !== 'Escape') return;
    if (helpOpen.get() && event.key !== 'Escape' && event.key !== '?') return;
    const command = enlarged.get() === null ? commandFor(event) : commandOverPicture(event);
    if (!command) return;
    event.preventDefault();
    command();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
