/** A vitest reporter that ends with one plain line of counts, and names what was skipped, so that nothing is skipped quietly. */
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') continue;
        counts[state]++;
        if (state === 'skipped') skipped.push(`SKIPPED: ${module.relativeModuleId}: ${test.fullName}`);
      }
    }
    process.stdout.write(`${[...skipped, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`].join('\n')}\n`);
  }
}
