/**
 * Lessons as they cross to the window: a lesson without its answers, what a student answers, and what the engine
 * returns to it. The file of a lesson, which has the answers too, is described by main/lessons/lesson-schema.ts.
 */
import { z } from 'zod';
import { filePathSchema } from './shell.ts';

/** Flags of an entry that a student predicts, as the page-table view names them. */
export const ENTRY_FLAGS = ['P', 'RW', 'A', 'D', 'SD', 'PS'] as const;
export const entryFlagSchema = z.enum(ENTRY_FLAGS);
export type EntryFlag = z.infer<typeof entryFlagSchema>;

export const MAX_SEED = 0xffff_ffff;
export const seedSchema = z.number().int().min(0).max(MAX_SEED);

const fileNameSchema = z.string().regex(/^[^/\\\0]{1,200}\.json$/);

/**
 * A built-in lesson by name, a file in the user's folder of lessons by name, one in a folder that `lessons.addFolder`
 * added, or any file of the user's.
 */
export const lessonReferenceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('library'), name: z.string().max(100) }),
  z.object({ kind: z.literal('own'), file: fileNameSchema }),
  z.object({ kind: z.literal('folder'), folder: filePathSchema, file: fileNameSchema }),
  z.object({ kind: z.literal('file'), path: filePathSchema }),
]);
export type LessonReference = z.infer<typeof lessonReferenceSchema>;

const asked = {
  text: z.string(),
  /** Before its step, as a prediction, or after it. */
  when: z.enum(['before', 'after']),
  /** How many there are; each costs a point. */
  hints: z.number(),
};
export const questionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pages'), ...asked }),
  z.object({ kind: z.literal('vma'), ...asked }),
  z.object({ kind: z.literal('number'), ...asked, unit: z.string() }),
  z.object({ kind: z.literal('choice'), ...asked, many: z.boolean(), choices: z.array(z.string()) }),
  z.object({ kind: z.literal('flags'), ...asked, page: z.number() }),
]);
export type Question = z.infer<typeof questionSchema>;

const page = z.number().int().min(0);
export const givenAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pages'), pages: z.array(page).max(65_536) }),
  /** Any page of it. */
  z.object({ kind: z.literal('vma'), page }),
  z.object({ kind: z.literal('number'), value: z.number() }),
  /** Positions in `choices`. */
  z.object({ kind: z.literal('choice'), picked: z.array(z.number().int().min(0)).max(20) }),
  z.object({ kind: z.literal('flags'), flags: z.array(entryFlagSchema).max(ENTRY_FLAGS.length) }),
]);
export type GivenAnswer = z.infer<typeof givenAnswerSchema>;

export const lessonViewSchema = z.object({
  name: z.string(),
  title: z.string(),
  /** Markdown, as all texts here. */
  text: z.string(),
  /** Closing words; shown with the score. */
  end: z.string(),
  /** Where newer kernels differ from the model. */
  newerKernels: z.string(),
  minutes: z.number(),
  seed: seedSchema,
  /** Whether another seed makes another exercise. */
  varies: z.boolean(),
  /** The lesson to continue with; null: none. */
  next: z.object({ name: z.string(), title: z.string() }).nullable(),
  steps: z.array(
    z.object({
      title: z.string(),
      text: z.string(),
      /** The access or call, in a line: `write 0x100003000, 1 page`. */
      call: z.string(),
      questions: z.array(questionSchema),
    }),
  ),
});
export type LessonView = z.infer<typeof lessonViewSchema>;

/** How far a student is with one question. */
export const questionScoreSchema = z.object({
  step: z.number(),
  question: z.number(),
  tries: z.number(),
  hints: z.number(),
  /** `shown`: the answer was asked for. */
  state: z.enum(['open', 'right', 'shown']),
  points: z.number(),
});
export type QuestionScore = z.infer<typeof questionScoreSchema>;

export const lessonProgressSchema = z.object({
  name: z.string(),
  title: z.string(),
  seed: seedSchema,
  /** Milliseconds since 1970. */
  changedAt: z.number(),
  finished: z.boolean(),
  points: z.number(),
  maxPoints: z.number(),
  /** The best score of all finished rounds. */
  bestPoints: z.number(),
  scores: z.array(questionScoreSchema),
});
export type LessonProgress = z.infer<typeof lessonProgressSchema>;

export const lessonSummarySchema = z.object({
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  part: z.string(),
  minutes: z.number(),
  steps: z.number(),
  questions: z.number(),
  varies: z.boolean(),
});
export type LessonSummary = z.infer<typeof lessonSummarySchema>;

/** What the gallery shows. */
export const lessonListSchema = z.object({
  lessons: z.array(z.object({ reference: lessonReferenceSchema, summary: lessonSummarySchema })),
  progress: z.array(lessonProgressSchema),
  /** Where the user's own lessons are looked for. */
  folder: z.string(),
  /** Files there that are not lessons: file, step and field, and what is wrong. */
  problems: z.array(z.string()),
});
export type LessonList = z.infer<typeof lessonListSchema>;

export const openLessonSchema = z.object({
  lesson: lessonReferenceSchema,
  /** Seed of the exercise; null: the exercise that was begun, else a new one. */
  seed: seedSchema.nullable(),
});
export const openedLessonSchema = z.object({
  reference: lessonReferenceSchema,
  view: lessonViewSchema,
  /** The scenario's text, to open as a source; it has no answers. */
  scenario: z.string(),
  progress: lessonProgressSchema,
});
export type OpenedLesson = z.infer<typeof openedLessonSchema>;

/** One question of the open lesson: position of its step, and among the questions of that. */
export const questionPlaceSchema = z.object({
  step: z.number().int().min(0),
  question: z.number().int().min(0),
});
export type QuestionPlace = z.infer<typeof questionPlaceSchema>;

/** Reply to an answer, or to a request for the answer. */
export const verdictSchema = z.object({
  right: z.boolean(),
  /** Why the answer is wrong, each from what the model did; or why it is right. */
  reasons: z.array(z.string()),
  /** In words, once the question is answered or its answer asked for. */
  solution: z.string().nullable(),
  score: questionScoreSchema,
});
export type Verdict = z.infer<typeof verdictSchema>;

/** Full points of a question: each wrong try and each hint costs one, and a right answer keeps at least one. */
export const QUESTION_POINTS = 3;
