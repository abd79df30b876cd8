/**
 * Entry of a guest: runs the test files that apply to its kernel and reports over the file that is its first argument.
 * Built and started by `npm run test:vm`.
 */
import { release } from 'node:os';
import { getSuites, getTests } from '@vitest/runner/utils';
import { startTests, type Task, type Test, type VitestRunner, type VitestRunnerConfig } from '@vitest/runner';
import { atLeast } from '../probe/system.ts';
import { openReport, report, type ReportedError } from './report.ts';

/** Imported one by one: a file declares its tests while it loads. */
const files: Readonly<Record<string, () => Promise<unknown>>> = {
  'soft-dirty': () => import('./soft-dirty.guest.ts'),
  probe: () => import('./probe.guest.ts'),
  'soft-dirty-backend': () => import('./soft-dirty-backend.guest.ts'),
  backends: () => import('./backends.guest.ts'),
  watch: () => import('./watch.guest.ts'),
  'shared-bits': () => import('./shared-bits.guest.ts'),
  'write-watch': () => import('./write-watch.guest.ts'),
  methods: () => import('./methods.guest.ts'),
  ...(atLeast(release(), [6, 7]) && { hugetlb: () => import('./hugetlb.guest.ts') }),
  // The engine is a model of this series.
  ...(release().startsWith('6.1.') && { engine: () => import('./engine.guest.ts') }),
  'blocking-calls': () => import('./blocking-calls.guest.ts'),
  // From 6.7 on PAGEMAP_SCAN passes over what is empty.
  ...(!atLeast(release(), [6, 7]) && { reservations: () => import('./reservations.guest.ts') }),
  yama: () => import('./yama.guest.ts'),
};

const config: VitestRunnerConfig = {
  root: '/',
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  // Below the silence after which a guest counts as hanging.
  testTimeout: 200_000,
  hookTimeout: 200_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: true,
};

const nameOf = (test: Test): string => test.fullTestName ?? test.name;

function errorsOf(task: Task): ReportedError[] {
  return (task.result?.errors ?? []).map(({ name, message, stack, diff }) => ({
    name: name ?? 'Error',
    message,
    stack: stack ?? '',
    diff: diff ?? '',
  }));
}

let passed = 0;
let failed = 0;

function reportResult(name: string, ok: boolean, ms: number, errors: ReportedError[]): void {
  if (ok) passed += 1;
  else failed += 1;
  report({ event: 'test', test: name, passed: ok, ms: Math.round(ms), errors });
}

const runner: VitestRunner = {
  config,
  importFile: (path) => files[path.slice(1)]?.(),
  onCollected: (found) => {
    const tests = found.reduce((sum, file) => sum + getTests(file).length, 0);
    report({ event: 'start', kernel: release(), node: process.version, tests });
  },
  onBeforeRunTask: (test) => {
    report({ event: 'begin', test: nameOf(test) });
  },
  onAfterRunTask: (test) => {
    // A test that was skipped is a failure here: what does not apply to a kernel is not declared on it.
    reportResult(nameOf(test), test.result?.state === 'pass', test.result?.duration ?? 0, errorsOf(test));
  },
};

openReport(process.argv[2]);
const began = performance.now();
const found = await startTests(
  Object.keys(files).map((name) => `/${name}`),
  runner,
);
// A file that did not load and a hook that failed have no test of their own.
for (const suite of getSuites(found)) {
  const errors = errorsOf(suite);
  if (errors.length > 0) reportResult(suite.name, false, 0, errors);
}
report({ event: 'end', passed, failed, seconds: (performance.now() - began) / 1000 });
process.exitCode = failed > 0 ? 1 : 0;
