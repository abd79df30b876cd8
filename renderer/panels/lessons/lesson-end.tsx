import type { OpenedLesson } from '#shared/contract/lesson.ts';
import { useModel } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { Markdown } from '../../ui/markdown.tsx';

/** What was learned, the score, and where to continue. */
export function LessonEnd({ opened }: { readonly opened: OpenedLesson }) {
  const { lessons, source } = useModel();
  const { view, progress } = opened;
  const { next } = view;
  const { points, maxPoints, bestPoints } = progress;
  return (
    <>
      <h3 className="lesson__title">Done</h3>
      {maxPoints > 0 && (
        <p className="lesson__result" data-testid="lesson-result">
          <b>
            {points} of {maxPoints} points
          </b>
          {bestPoints > points && <span className="dim"> · best so far: {bestPoints}</span>}
        </p>
      )}
      {view.end !== '' && <Markdown text={view.end} />}
      {view.newerKernels !== '' && (
        <div className="lesson__newer">
          <h3>Newer kernels</h3>
          <Markdown text={view.newerKernels} />
        </div>
      )}
      <h3 className="lesson__title">What next</h3>
      <div className="lesson__next">
        {next !== null && (
          <Button
            kind="primary"
            onPress={() =>
              void lessons.attempt(() => lessons.open({ kind: 'library', name: next.name }, null))
            }
          >
            {`Next lesson: ${next.title}`}
          </Button>
        )}
        {view.varies && (
          <Button onPress={() => void lessons.attempt(() => lessons.another())}>Another one like this</Button>
        )}
        <Button kind="quiet" onPress={() => void source.close()}>
          All lessons
        </Button>
      </div>
    </>
  );
}
