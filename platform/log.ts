/** One structured log for every process, with secrets taken out by construction. */
import { pino } from 'pino';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/**
 * user:password@ in any URL inside a text becomes ***@: libav and drivers put whole URLs into their messages. Up to the last @ of the
 * word, because passwords are often written as they are, with @ and / in them; a host hidden in vain is the smaller harm. The scheme's
 * length is bounded: without that, a long text of letters alone would take a time that grows with its square.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>]*@/gi, '$1***@');
}

/** JSON lines on standard error (standard output belongs to the command's own answer). */
export function createLog(process: string, level = 'info'): Log {
  const destination = pino.destination({ fd: 2, sync: true });
  // A terminal or pipe that is gone must not end what was logging into it.
  destination.on('error', () => undefined);
  return pino(
    {
      name: process,
      level,
      redact: { paths: ['password', 'secret', 'authorization', 'cookie', '*.password', '*.secret', '*.authorization', '*.cookie'], censor: '***' },
      serializers: {
        error: (error: unknown) =>
          error instanceof Error
            ? { type: error.name, code: (error as { code?: unknown }).code, message: withoutCredentials(error.message), stack: withoutCredentials(error.stack ?? '') }
            : { message: withoutCredentials(String(error)) },
      },
      formatters: {
        log: (fields) => Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, typeof v === 'string' ? withoutCredentials(v) : v])),
      },
    },
    destination,
  );
}

const nothing = (): void => undefined;
/** Says nothing: for trying what may well fail. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };

/** For tests: keeps lines instead of writing them. */
export function keptLog(): Log & { lines: { level: string; message: string; fields: object }[] } {
  const lines: { level: string; message: string; fields: object }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, fields });
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
