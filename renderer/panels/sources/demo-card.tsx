import { Boxes } from 'lucide-react';
import { Card } from './card.tsx';

export function DemoCard() {
  return (
    <Card
      area="demo"
      title="Demo program"
      icon={Boxes}
      text="A small program that comes with the inspector. It has a buffer of 64 MiB and writes to it like a game: entities each frame, textures in bursts, a ring. A real process, tracked live."
      action="Start the demo"
      isReady
      source={() => ({ kind: 'demo' })}
    />
  );
}
