/**
 * Actions of the page that need the user's permission, given outside the page: in a dialog of the shell, on the command line, or
 * by an earlier choice that the shell keeps. The shell signs a permit for one subject, the page hands it to the engine with
 * the command, the engine checks it. A page that was taken over has the port, but no permit.
 */
import { z } from 'zod';
import type { CommandName, CommandRequest, OpenSource } from './commands.ts';
import { filePathSchema } from './shell.ts';
import { MAX_COMMAND } from './trigger.ts';

export const permitSubjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attach'), pid: z.number().int().positive() }),
  z.object({
    kind: z.literal('launch'),
    command: z.string().min(1).max(4096),
    args: z.array(z.string().max(128 * 1024)).max(10_000),
    cwd: z.string().max(4096).nullable(),
    env: z.record(z.string(), z.string()),
  }),
  /** Reads a recording, a lesson, or the lessons of a folder. */
  z.object({ kind: z.literal('read'), path: filePathSchema }),
  /** Creates a recording; the file does not exist yet. `here`: on the window's machine, wherever the engine is; not signed. */
  z.object({
    kind: z.literal('write'),
    path: filePathSchema,
    here: z.literal(true).exactOptional(),
  }),
  /** A trigger runs it, by `/bin/sh -c`. */
  z.object({ kind: z.literal('run'), command: z.string().min(1).max(MAX_COMMAND) }),
]);
export type PermitSubject = z.infer<typeof permitSubjectSchema>;

/** Most permits that one command needs: a comparison of two recordings. */
export const MAX_PERMITS = 2;

/** The signed text of a subject, independent of the order of its fields. */
export function permitText(subject: PermitSubject): string {
  switch (subject.kind) {
    case 'attach':
      return JSON.stringify(['attach', subject.pid]);
    case 'launch': {
      const env = Object.entries(subject.env).sort(([a], [b]) => (a < b ? -1 : 1));
      return JSON.stringify(['launch', subject.command, subject.args, subject.cwd, env]);
    }
    case 'run':
      return JSON.stringify(['run', subject.command]);
    case 'read':
    case 'write':
      return JSON.stringify([subject.kind, subject.path]);
  }
}

/** The subject of opening `source`; null if no permit is needed. */
export function subjectOfSource(source: OpenSource): PermitSubject | null {
  switch (source.kind) {
    case 'native':
      return { kind: 'attach', pid: source.pid };
    case 'launch': {
      const { command, args, cwd, env } = source;
      return { kind: 'launch', command, args, cwd, env };
    }
    case 'recording':
      return { kind: 'read', path: source.path };
    default:
      return null;
  }
}

/** The subjects for which command `name` needs a permit each, in the order in which the permits are given. */
export function permitSubjects<N extends CommandName>(
  name: N,
  request: CommandRequest<N>,
): readonly PermitSubject[] {
  const asked = { name, request } as {
    [M in CommandName]: { name: M; request: CommandRequest<M> };
  }[CommandName];
  switch (asked.name) {
    case 'source.open': {
      const subject = subjectOfSource(asked.request);
      return subject === null ? [] : [subject];
    }
    case 'lesson.open': {
      const { lesson } = asked.request;
      return lesson.kind === 'file' ? [{ kind: 'read', path: lesson.path }] : [];
    }
    case 'lessons.addFolder':
      return [{ kind: 'read', path: asked.request.path }];
    case 'trigger.add': {
      const { action } = asked.request;
      return action.kind === 'run' ? [{ kind: 'run', command: action.command }] : [];
    }
    case 'recording.start': {
      const { path, here } = asked.request;
      return path === null ? [] : [{ kind: 'write', path, ...(here && { here }) }];
    }
    case 'recording.fetch':
      return [{ kind: 'read', path: asked.request.path }];
    case 'compare.ranges': {
      const paths = new Set([asked.request.a.path, asked.request.b.path]);
      return [...paths].flatMap((path) => (path === null ? [] : [{ kind: 'read' as const, path }]));
    }
    default:
      return [];
  }
}
