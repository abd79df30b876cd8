import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import './palette.css';

/** Asks before the launched program is stopped. */
export function StopDialog({ onClose }: { readonly onClose: () => void }) {
  const model = useModel();
  const description = useSession(({ state }) => state?.source?.description ?? null);
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className="confirm">
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
      </Modal>
    </ModalOverlay>
  );
}
