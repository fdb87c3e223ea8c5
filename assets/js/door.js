// The entry of pages before the sign-in, which a visitor loads first: only what they need.
import "./forms.js";
import "./pressed.js";
import "./elements/relative-time.js";
import "./elements/local-time.js";
import "./elements/password-field.js";
import "./elements/theme-switch.js";
import "./elements/qr-sign-in.js";
