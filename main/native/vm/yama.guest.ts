/** What Yama's ptrace_scope forbids, and how it is reported. Runs last: scope 3 stays until the next boot. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Script, Target } from '../testing/target.ts';

const user = { uid: 1000, gid: 1000 };
const script = (name: string) => join(import.meta.dirname, name);

describe('ptrace_scope', () => {
  let own: Target;
  let byUser: Script;
  let byRoot: Script;
  beforeAll(async () => {
    own = await Target.start(script('test-target.js'), user);
    byUser = new Script(script('attach-once.js'), ['serve'], user);
    byRoot = new Script(script('attach-once.js'), ['serve']);
  });
  afterAll(async () => {
    for (const one of [byUser, byRoot, own]) await one.kill();
  });

  /** The result of an attempt by a process that is not the target's parent; or, with `child`, is the parent of its own. */
  async function attach(by: Script, whom = String(own.pid)): Promise<{ kind: string; message: string }> {
    by.child.stdin.write(`${whom}\n`);
    return JSON.parse(await by.line()) as { kind: string; message: string };
  }

  const refused = (scope: number) => ({
    kind: 'not-permitted',
    message: expect.stringContaining(`ptrace_scope is ${scope}`) as string,
  });
  const done = { kind: 'attached', message: '' };

  for (const [scope, asUser, asRoot] of [
    [0, done, done],
    [1, refused(1), done],
    [2, refused(2), done],
    [3, refused(3), refused(3)],
  ] as const) {
    it(`${scope}: the user ${asUser === done ? 'may' : 'may not'}, root ${asRoot === done ? 'may' : 'may not'}`, async () => {
      writeFileSync('/proc/sys/kernel/yama/ptrace_scope', String(scope));
      expect(await attach(byUser)).toEqual(asUser);
      expect(await attach(byRoot)).toEqual(asRoot);
      if (scope === 1) expect(await attach(byUser, 'child')).toEqual(done);
      if (scope === 2) expect(await attach(byUser, 'child')).toEqual(refused(2));
    });
  }
});
