/** Words for categories. */
import type { Words } from '../i18n/en.ts';
import { isCategory } from './categories.ts';

/** The word for a category; one that another program gave is shown as it is. */
export function categoryName(code: string | null, words: Words): string {
  if (code === null) return '–';
  return isCategory(code) ? words.categories[code] : code;
}
