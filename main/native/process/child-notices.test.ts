import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ChildNotices } from './child-notices.ts';

describe('children of a real program', () => {
  it('reports children: forks with a copy of its memory, and other programs', async () => {
    // The subshell waits for input that never comes.
    const script = 'read a; (read x) <&3 & read b; sleep 1000 & read c; kill $!';
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
    const pid = Number(child.pid);
    try {
      const notices = new ChildNotices(pid);
      const noticeAfter = async (line: string) => {
        child.stdin?.write(line);
        for (;;) {
          const [notice] = notices.poll();
          if (notice) return notice.message;
          await sleep(20);
        }
      };
      expect(await noticeAfter('a\n')).toMatch(
        new RegExp(`^Process ${pid} forked: child \\d+ \\(sh\\)\\. It has a copy of its memory`),
      );
      expect(await noticeAfter('b\n')).toMatch(
        new RegExp(
          `^Process ${pid} started another program: \\d+ \\(sleep\\)\\. Only process ${pid} is tracked`,
        ),
      );
      child.stdin?.write('c\n');
    } finally {
      await once(child, 'exit');
    }
  });

  it('reports each of several children, including those before the attach and within seconds of another', async () => {
    const script = 'sleep 1000 & read a; sleep 1001 & sleep 3 & read b; sleep 1002 & read c; kill $(jobs -p)';
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pid = Number(child.pid);
    try {
      await sleep(300);
      const notices = new ChildNotices(pid);
      const messages: string[] = [];
      const pids = new Set<number>();
      const until = async (count: number) => {
        while (pids.size < count) {
          for (const notice of notices.poll()) {
            messages.push(notice.message);
            pids.add(notice.pid);
          }
          await sleep(10);
        }
      };
      await until(1);
      expect(messages).toEqual([expect.stringMatching(/has a child already: \d+ \(sleep\)/)]);
      child.stdin?.write('a\n');
      await until(3);
      child.stdin?.write('b\n');
      await until(4);
      child.stdin?.write('c\n');
    } finally {
      await once(child, 'exit');
    }
  });

  it('reports many children together, and leaves none out', async () => {
    const script = 'read a; for i in $(seq 40); do sleep 1000 & done; read b; kill $(jobs -p)';
    const child = spawn('bash', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pid = Number(child.pid);
    try {
      const notices = new ChildNotices(pid);
      child.stdin?.write('a\n');
      const reported = new Set<number>();
      let count = 0;
      const begun = () => {
        const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
        return text.split(' ').filter(Boolean).map(Number);
      };
      // `seq` may be among the first, and has ended when there are 40.
      while (begun().length < 40 || !begun().every((each) => reported.has(each))) {
        for (const { children } of notices.poll()) {
          count++;
          for (const each of children) reported.add(each);
        }
        await sleep(10);
      }
      expect(count).toBeLessThanOrEqual(20);
      child.stdin?.write('b\n');
    } finally {
      await once(child, 'exit');
    }
  });
});
