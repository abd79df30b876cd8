import type { ReactNode } from 'react';
import { Modal, ModalOverlay } from 'react-aria-components';

interface OverlayProps {
  /** Class of the box; its style is in palette.css or a separate file. */
  readonly className: string;
  onClose(): void;
  readonly children: ReactNode;
}

/** A dialog above the window, which Escape and a click beside it close. */
export function Overlay({ className, onClose, children }: OverlayProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={className}>{children}</Modal>
    </ModalOverlay>
  );
}
