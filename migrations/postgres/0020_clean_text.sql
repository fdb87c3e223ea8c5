-- Text of older versions by the rule for new text: ends of lines are one character, and nothing turns or
-- hides letters in titles and names.
UPDATE ticket SET message = replace(replace(message, chr(13) || chr(10), chr(10)), chr(13), chr(10)) WHERE strpos(message, chr(13)) > 0;
UPDATE response SET message = replace(replace(message, chr(13) || chr(10), chr(10)), chr(13), chr(10)) WHERE strpos(message, chr(13)) > 0;
UPDATE ticket SET title = translate(title, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '')
    WHERE translate(title, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '') <> title;
UPDATE account SET username = translate(username, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '')
    WHERE translate(username, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '') <> username;
UPDATE session SET name = translate(name, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '')
    WHERE translate(name, U&'\061C\200B\200E\200F\202A\202B\202C\202D\202E\2066\2067\2068\2069\FEFF', '') <> name;
UPDATE account SET username = email WHERE trim(username) = '';
