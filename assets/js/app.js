// The entry of pages behind the sign-in: brings the custom elements and what holds for every form. Pages work
// without it.
import "./forms.js";
import "./pressed.js";
import "./unfolded.js";
import "./elements/relative-time.js";
import "./elements/local-time.js";
import "./elements/password-field.js";
import "./elements/theme-switch.js";
import "./elements/end-session.js";
import "./elements/qr-sign-in.js";
import "./elements/qr-camera.js";
import "./elements/qr-photo.js";
import "./elements/send-at-once.js";
import "./elements/ticket-list.js";
import "./elements/ticket-keys.js";
import "./elements/swap-forms.js";
import "./elements/sign-in-again.js";
import "./elements/file-picker.js";
import "./elements/keep-draft.js";
import "./elements/grow-text.js";
import "./elements/text-tools.js";
import "./elements/swap-part.js";
import "./elements/push-switch.js";
import "./elements/seen-answers.js";
import "./elements/ticket-presence.js";
import "./elements/ticket-eyes.js";
import "./reconnecting.js";
import "./counts.js";
import "./refresh.js";
import "./live.js";

// Push messages, and a page to show without a connection. It never holds up this page.
addEventListener("load", () => {
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
});
