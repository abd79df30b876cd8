import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { HERE } from '#shared/contract/engine-location.ts';
import { ENGINE_GONE } from './engine/client.ts';
import { useModel, useSession } from './model/context.ts';
import { Button } from './ui/button.tsx';
import { Message } from './ui/message.tsx';

/** States of the whole window: the engine or the program has ended. They stay until that is over; notices are toasts. */
export function Banners() {
  const model = useModel();
  const host = useSession((session) => session.host);
  const state = useSession((session) => session.state);
  const picture = useSession((session) => session.picture);
  const lastOpen = useSession((session) => session.lastOpen);
  const opening = useSession((session) => session.opening);
  const [restarting, setRestarting] = useState(false);
  const orphan = host.status === 'running' && picture && !opening && state !== null && state.source === null;
  // Not so a simulated one, a recording, and the demo, which ends with its engine.
  const outlives = state?.source?.description.kind === 'native' && lastOpen?.kind !== 'demo';
  const restart = async (): Promise<void> => {
    setRestarting(true);
    await model.attempt(async () => window.shell?.restartEngine());
    setRestarting(false);
  };
  return (
    <div className="banners">
      {host.status === 'died' && (
        <Message
          message={
            host.where === undefined
              ? `${ENGINE_GONE} ${host.detail}`
              : `No connection to the engine on ${host.where}. ${host.detail}`
          }
          {...(picture && {
            remedy: `${outlives ? 'The watched program continues. ' : ''}The last picture stays here until another source is opened.`,
          })}
        >
          <div className="banners__buttons">
            <Button icon={RotateCcw} kind="primary" isDisabled={restarting} onPress={() => void restart()}>
              {host.where === undefined ? 'Restart the engine' : 'Reconnect'}
            </Button>
            {host.where !== undefined && (
              <Button onPress={() => void model.attempt(() => model.source.useEngine(HERE))}>
                Use this machine
              </Button>
            )}
          </div>
        </Message>
      )}
      {orphan && (
        <Message kind="warn" message="This is the last picture of a source that is no longer open.">
          <div className="banners__buttons">
            {lastOpen && lastOpen.kind !== 'launch' && lastOpen.kind !== 'demo' && (
              <Button onPress={() => void model.attempt(() => model.lessons.openAgain(lastOpen))}>
                Open it again
              </Button>
            )}
            <Button onPress={() => void model.source.close()}>To the start</Button>
          </div>
        </Message>
      )}
      {state?.ended && host.status === 'running' && (
        <Message kind="warn" message={state.ended} remedy="The last picture stays here.">
          <div className="banners__buttons">
            <Button onPress={() => void model.source.close()}>To the start</Button>
          </div>
        </Message>
      )}
    </div>
  );
}
