import { BarChart3 } from 'lucide-react';
import { useModel } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';

/** Opens the page that measures the tracking methods. */
export function MethodsLink() {
  const { methods } = useModel();
  return (
    <p className="start__methods">
      <Button icon={BarChart3} onPress={() => methods.open(true)}>
        Compare tracking methods
      </Button>
      <span className="faint">Measures every tracking method on this machine, in half a minute.</span>
    </p>
  );
}
