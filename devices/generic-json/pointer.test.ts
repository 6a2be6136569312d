/** The examples of RFC 6901 section 5, and the names that must not find Object's own. */
import { describe, expect, test } from 'vitest';
import { parsePointer, valueAt } from './pointer.ts';

const document: unknown = JSON.parse('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}');

describe('RFC 6901 section 5', () => {
  test.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%s', (pointer, value) => expect(valueAt(document, parsePointer(pointer))).toEqual(value));
});

test('"~01" is "~1", not "/"', () => expect(parsePointer('/~01')).toEqual(['~1']));

test.each([['/foo/2'], ['/foo/-'], ['/foo/00'], ['/foo/length'], ['/constructor'], ['/__proto__'], ['/foo/0/0'], ['/none/deeper']])('%s finds nothing', (pointer) =>
  expect(valueAt(document, parsePointer(pointer))).toBeUndefined(),
);

test.each([['foo'], ['/a~'], ['/a~2']])('%s is no pointer', (pointer) => expect(() => parsePointer(pointer)).toThrow(SyntaxError));
