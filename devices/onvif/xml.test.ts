/** XML of strangers: what it means, and that nothing else comes of it than an element or a refusal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escaped, everyNamed, find, NotXml, parseXml } from './xml.ts';

test('elements, attributes, text, references, CDATA and comments', () => {
  const root = parseXml(`\ufeff<?xml version="1.0"?><!-- <a> --><s:a xmlns:s='x' k:one = "1 &amp; &#x4e2d;" ><b/> t &lt;<![CDATA[<&raw;>]]> <b c='2'>x?a=1&b=2</b ></s:a>\n`);
  expect(root.name).toBe('a');
  expect(root.attributes.get('one')).toBe('1 & 中');
  expect(root.text).toBe('t <<&raw;>');
  expect(everyNamed(root, 'b').map(({ text, attributes }) => [text, attributes.get('c')])).toEqual([['', undefined], ['x?a=1&b=2', '2']]);
  expect(find(root, 'b')?.text).toBe('');
  expect(find(root, 'nowhere')).toBeNull();
});

describe('is refused', () => {
  test.each([
    ['nothing', ''], ['text alone', 'hello'], ['an open element', '<a>'], ['a crossing', '<a><b></a></b>'], ['two roots', '<a/><b/>'], ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity of its own', '<a>&mine;</a>'], ['no character', '<a>&#x110000;</a>'], ['character 0', '<a>&#0;</a>'], ['an attribute without quotes', '<a b=c/>'], ['half a comment', '<a><!-- </a>'],
    ['too deep', '<a>'.repeat(41)], ['too many', `<a>${'<b/>'.repeat(20_001)}</a>`], ['too long', `<a>${' '.repeat(300_000)}</a>`],
  ])('%s', (_, text) => {
    expect(() => parseXml(text)).toThrow(NotXml);
  });

  test('or read, whatever it is, and soon', () => {
    const part = fc.constantFrom('<', '>', '/', '&', ';', '"', "'", '=', ' ', 'a', 'b:c', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '<a>', '</a>', '<a b="', '&#', '&lt;', '\n', '中');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        try {
          expect(typeof parseXml(parts.join('')).name).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(NotXml);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('what is escaped comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      expect(parseXml(`<a b="${escaped(text)}">${escaped(text)}</a>`)).toMatchObject({ text: text.trim(), attributes: new Map([['b', text]]) });
    }),
  );
});
