/** Debian's Chromium for tests: headless, WebGL in software, speaking to nobody but the page under test. */
import { type Browser, chromium } from 'playwright-core';

const QUIET = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
];

/** `extra` are further switches, e.g. ['--disable-3d-apis']. A temporary profile comes and goes with the browser. */
export function launchBrowser(extra: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['GRIDWARDEN_CHROMIUM'] ?? '/usr/bin/chromium', headless: true, args: [...QUIET, ...extra] });
}
