import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { QUESTION_POINTS, type Question, type QuestionPlace } from '#shared/contract/lesson.ts';
import { errorData } from '../../engine/engine-link.ts';
import { NO_QUESTION_STATE, placeKey, scoreOf } from '../../controllers/lessons.ts';
import { useLessons, useModel } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { AnswerInput, answerOf, type Draft } from './answer-input.tsx';
import { Markdown } from '../../ui/markdown.tsx';

interface QuestionViewProps {
  readonly question: Question;
  readonly place: QuestionPlace;
  /** Counted from 1 in its lesson. */
  readonly number: number;
}

/** A question: its text, the answer's field, hints; whether the answer is right, and why. */
export function QuestionView({ question, place, number }: QuestionViewProps) {
  const { lessons } = useModel();
  const score = useLessons(({ open }) => (open === null ? undefined : scoreOf(open, place)));
  const { verdict, hints } = useLessons(({ questions }) => questions[placeKey(place)] ?? NO_QUESTION_STATE);
  const [draft, setDraft] = useState<Draft>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const heading = useId();
  const outcome = useRef<HTMLDivElement>(null);
  const isOpen = score?.state === 'open';
  // So that a screen reader reads it, and the keyboard continues from there.
  useEffect(() => {
    if (verdict !== null) outcome.current?.focus();
  }, [verdict]);
  const attempt = (run: () => Promise<void>): void =>
    void run().catch((cause: unknown) => setProblem(errorData(cause).message));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setProblem(null);
    attempt(async () => {
      const given = answerOf(question, draft);
      if (given === null) setProblem('Give an answer first.');
      else await lessons.answer(place, given);
    });
  };
  const more = question.hints - (score?.hints ?? 0);
  return (
    <form
      className="question"
      aria-labelledby={heading}
      onSubmit={submit}
      data-testid="question"
      data-question={place.question}
    >
      <div className="question__head">
        <h3 id={heading}>Question {number}</h3>
        <span className="faint num">
          {score && !isOpen ? `${score.points} of ${QUESTION_POINTS} points` : `${QUESTION_POINTS} points`}
        </span>
      </div>
      <Markdown text={question.text} />
      {hints.length > 0 && (
        <ul className="question__hints" aria-label="Hints">
          {hints.map((hint) => (
            <li key={hint}>
              <Markdown text={hint} />
            </li>
          ))}
        </ul>
      )}
      {isOpen && (
        <>
          <AnswerInput question={question} draft={draft} onDraft={setDraft} isDisabled={!isOpen} />
          {problem !== null && (
            <p className="question__problem" role="alert">
              {problem}
            </p>
          )}
          <div className="answer__row">
            <AriaButton type="submit" className="button button--primary">
              {score.tries === 0 ? 'Answer' : 'Try again'}
            </AriaButton>
            {more > 0 && (
              <Button kind="quiet" onPress={() => attempt(() => lessons.hint(place))}>
                Hint
              </Button>
            )}
            <Button kind="quiet" onPress={() => attempt(() => lessons.showSolution(place))}>
              Show answer
            </Button>
          </div>
        </>
      )}
      {verdict !== null && (
        <div
          ref={outcome}
          tabIndex={-1}
          role="status"
          className={`verdict verdict--${verdict.right ? 'right' : isOpen ? 'wrong' : 'shown'}`}
          data-testid="verdict"
        >
          <p className="verdict__word">
            {verdict.right ? 'Right' : isOpen ? 'Not right' : 'Answer shown'}
            {verdict.right && score && score.tries > 1 && ` after ${plural(score.tries, 'try', 'tries')}`}
          </p>
          {verdict.solution !== null && <p className="verdict__solution">{verdict.solution}</p>}
          {verdict.reasons.map((reason) => (
            <Markdown key={reason} text={reason} />
          ))}
        </div>
      )}
      {verdict === null && score && !isOpen && (
        <p className="dim">{score.state === 'right' ? 'Answered.' : 'The answer was shown.'}</p>
      )}
    </form>
  );
}
