/** Starts Debian's gst-rtsp-server on a folder of clips: the cameras of somebody else that ours are judged against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface GstRtsp {
  readonly port: number;
  /** Names of the clips, without folder and ending. */
  readonly clips: readonly string[];
  /** Address of a clip; throws where there is none of that name. */
  url(clip: string): string;
  close(): Promise<void>;
}

/** Debian's own: another python3 that comes first on PATH has no GObject bindings. */
const PYTHON = '/usr/bin/python3';
const MISSING_PACKAGES = 3;
const REMEDY = 'apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad';

/**
 * Serves every `*.mp4` of `folder` on a free loopback port and resolves when it listens.
 * Null, after one warning on standard error, where the Debian packages are missing. Throws where the server ends for any other reason.
 */
export async function startGstRtsp(folder: string): Promise<GstRtsp | null> {
  const child = spawn(PYTHON, [path.join(import.meta.dirname, 'serve.py'), folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(MISSING_PACKAGES));
    child.once('exit', (status) => resolve(status));
  });
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(-4_000)));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line').then(([line]) => String(line)), exited]);
  if (first === MISSING_PACKAGES) {
    process.stderr.write(`SKIPPED: gst-rtsp-server does not run here (${complaints.trim() || `no ${PYTHON}`}); ${REMEDY}\n`);
    return null;
  }
  if (typeof first !== 'string') throw new Error(`gst-rtsp-server ended with status ${first} before it listened: ${complaints.trim()}`);
  const { port, clips } = JSON.parse(first) as { port: number; clips: string[] };
  return {
    port,
    clips,
    url: (clip) => {
      if (!clips.includes(clip)) throw new Error(`gst-rtsp-server has no clip ${clip}; it has ${clips.join(', ')}.`);
      return `rtsp://127.0.0.1:${port}/${clip}`;
    },
    close: async () => {
      // It ends when its standard input does; kill is for the one that hangs in a pipeline.
      child.stdin.end();
      const patience = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await exited;
      clearTimeout(patience);
    },
  };
}
