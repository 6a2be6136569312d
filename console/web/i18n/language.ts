/** Which language the console speaks: the operator's choice, else the browser's first that we have. */
import { createStore, useStore } from '../live/store.ts';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

export const LANGUAGES = { zh, en } as const satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'gridwarden.language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const language = createStore<Language>(firstLanguage());

function speak(): void {
  document.documentElement.lang = LANGUAGES[language.get()].htmlLang;
}
speak();

export function switchLanguage(): void {
  language.update((now) => (now === 'zh' ? 'en' : 'zh'));
  localStorage.setItem(KEPT_AS, language.get());
  speak();
}

export function useWords(): Words {
  return LANGUAGES[useStore(language, (now) => now)];
}
