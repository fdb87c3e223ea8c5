# Sign-in by QR code.
message-qr-confirmed = Sign-in approved
message-qr-rejected = Sign-in declined

error-qr-not-found = There is no such code. Renew it on the computer
error-qr-taken = Another phone has already opened this code
error-qr-confirmed = The sign-in with this code is already approved
error-qr-not-confirmed = The sign-in is not approved on the phone yet
error-qr-rejected = The sign-in with this code was declined
error-qr-expired = The code has expired. Renew it on the computer
error-qr-superseded = The computer already shows a newer code
error-qr-used = This code has already been used to sign in
error-qr-other-account = This browser is signed in to another account. Sign out of it first
error-qr-scan-first = First open the request and pick the number that the computer shows
error-qr-wrong-number = The number did not match, so the sign-in was declined. Renew the code on the computer and try again
error-session-unconfirmed = This session was itself opened with a QR code and is not confirmed yet. Approve from another device
field-match-number = Pick the number that the computer shows
