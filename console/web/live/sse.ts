/** Reads a text/event-stream body (WHATWG HTML, section 9.2.6) and hands over each event; comments count as signs of life. */

export interface SseEvent {
  readonly name: string;
  readonly data: string;
}

/** Turns chunks of text into events, keeping what is incomplete for the next chunk. */
export function createSseParser(onEvent: (event: SseEvent) => void): (chunk: string) => void {
  let rest = '';
  let name = '';
  let data: string[] = [];

  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) onEvent({ name: name || 'message', data: data.join('\n') });
      name = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  };

  return (chunk) => {
    rest += chunk;
    // A lone CR at the very end may be half of CRLF: it waits for the next chunk.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const text of lines) line(text);
  };
}

/** Ends when the body ends; throws when it breaks. `onLife` is called for every chunk, pings included. */
export async function readSse(body: ReadableStream<Uint8Array>, onEvent: (event: SseEvent) => void, onLife: () => void): Promise<void> {
  const parse = createSseParser(onEvent);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onLife();
    parse(decoder.decode(value, { stream: true }));
  }
}
