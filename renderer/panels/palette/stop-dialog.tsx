import { Dialog, Heading } from 'react-aria-components';
import { Overlay } from '../../ui/overlay.tsx';
import { useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import './palette.css';

/** Asks before the launched program is stopped. */
export function StopDialog({ onClose }: { readonly onClose: () => void }) {
  const model = useModel();
  const description = useSession(({ state }) => state?.source?.description ?? null);
  return (
    <Overlay className="confirm" onClose={onClose}>
      <Dialog role="alertdialog" className="confirm__dialog">
        <Heading slot="title" level={2}>
          Stop {description?.title ?? 'the program'}?
        </Heading>
        <p className="dim">
          {description?.pid ? `Process ${description.pid} is killed (SIGKILL)` : 'The program is killed'}:
          what it has not saved is lost. The last picture stays.
        </p>
        <div className="confirm__buttons">
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="danger"
            onPress={() => {
              onClose();
              void model.source.control('kill');
            }}
          >
            Stop program
          </Button>
        </div>
      </Dialog>
    </Overlay>
  );
}
