/** A small client of our own console API, as the demo's narrator and the simulated operator use it: over real HTTP, signed in like a person. */
import { GridwardenError } from '../platform/errors.ts';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

export class ConsoleClient {
  readonly #origin: string;
  #cookie = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  async signIn(code: string): Promise<void> {
    const response = await this.#fetch('POST', '/api/session', { code });
    this.#cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.#fetch('GET', path)).json()) as T;
  }

  async text(path: string): Promise<string> {
    return (await this.#fetch('GET', path)).text();
  }

  async post<T>(path: string, body: object): Promise<T> {
    return (await (await this.#fetch('POST', path, body)).json()) as T;
  }

  async put<T>(path: string, body: object): Promise<T> {
    return (await (await this.#fetch('PUT', path, body)).json()) as T;
  }

  /** Server-sent events until `signal` aborts or the server ends them (WHATWG HTML §9.2, the fields we use). */
  async *stream(path: string, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const response = await this.#fetch('GET', path, undefined, signal);
    let buffered = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      buffered += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = buffered.split('\n\n');
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
        const data = fields.get('data');
        if (data !== undefined) yield { event: fields.get('event') ?? 'message', data: JSON.parse(data) };
      }
    }
  }

  async #fetch(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      headers: { 'x-gridwarden': '1', cookie: this.#cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    });
    if (!response.ok) {
      const answer = (await response.json().catch(() => ({}))) as { message?: string };
      throw new GridwardenError('BAD_REQUEST', { why: `${method} ${path} → ${response.status} ${answer.message ?? ''}` });
    }
    return response;
  }
}
