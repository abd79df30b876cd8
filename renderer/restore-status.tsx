import { Layers } from 'lucide-react';
import { restoreSentence } from '#shared/source/huge-restoration.ts';
import { useModel, useSession } from './model/context.ts';
import { Button } from './ui/button.tsx';
import { Message } from './ui/message.tsx';
import { Toast } from './ui/toast.tsx';

/** Huge pages that are restored after detaching: how far it is, a way to end it, and how it ended. */
export function RestoreStatus() {
  const model = useModel();
  const progress = useSession((session) => session.restoring);
  const running = useSession((session) => session.host.status === 'running');
  if (progress === null) return null;
  const { pid, total, restored, failed, end } = progress;
  const cancel = (): void =>
    void model.attempt(async () => void (await model.link.call('huge.cancelRestore', { pid })));
  if (end !== null || !running) {
    const good = end === 'done' && failed === 0;
    const lost = !running && end === null;
    const dismiss = (): void => model.session.setState({ restoring: null });
    return (
      <Toast onDismiss={dismiss}>
        <Message
          kind={good ? 'news' : 'warn'}
          message={restoreSentence(lost ? { ...progress, end: 'cancelled' } : progress)}
          onDismiss={dismiss}
        />
      </Toast>
    );
  }
  // No live region: it changes several times a second, and its end is announced.
  return (
    <div className="message message--news" role="group" aria-label="Restoring huge pages">
      <Layers className="icon" aria-hidden />
      <div>
        <div>{restoreSentence(progress)}</div>
        <div className="banners__buttons restore">
          <progress aria-label="Huge pages restored" max={total} value={restored + failed} />
          <Button onPress={cancel}>Stop restoring</Button>
        </div>
      </div>
    </div>
  );
}
