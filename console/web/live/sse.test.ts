/** The stream's text is cut anywhere by the network: events must come out whole and in order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSseParser, type SseEvent } from './sse.ts';

const wire = ': ping\n\nevent: alert\ndata: {"id":"甲"}\n\ndata: a\r\ndata: b\r\n\r\nevent: case\ndata:{}\r\rid: 9\n\n';
const events: SseEvent[] = [
  { name: 'alert', data: '{"id":"甲"}' },
  { name: 'message', data: 'a\nb' },
  { name: 'case', data: '{}' },
];

describe('the event-stream parser', () => {
  test('gives the same events however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: wire.length }), { maxLength: 12 }), (cuts) => {
        const heard: SseEvent[] = [];
        const parse = createSseParser((event) => heard.push(event));
        const at = [0, ...cuts.toSorted((a, b) => a - b), wire.length];
        for (let i = 1; i < at.length; i++) parse(wire.slice(at[i - 1], at[i]));
        expect(heard).toEqual(events);
      }),
    );
  });

  test('an event without data is no event', () => {
    const heard: SseEvent[] = [];
    createSseParser((event) => heard.push(event))('event: alert\n\n: ping\n\n');
    expect(heard).toEqual([]);
  });
});
