-- Text of older versions by the rule for new text: ends of lines are one character, and nothing turns or
-- hides letters in titles and names.
UPDATE ticket SET message = replace(replace(message, char(13, 10), char(10)), char(13), char(10)) WHERE instr(message, char(13)) > 0;
UPDATE response SET message = replace(replace(message, char(13, 10), char(10)), char(13), char(10)) WHERE instr(message, char(13)) > 0;
UPDATE ticket SET title = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(title, char(1564), ''), char(8203), ''), char(8206), ''), char(8207), ''), char(8234), ''), char(8235), ''), char(8236), ''), char(8237), ''), char(8238), ''), char(8294), ''), char(8295), ''), char(8296), ''), char(8297), ''), char(65279), '')
    WHERE title GLOB '*[' || char(1564, 8203, 8206, 8207, 8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, 8297, 65279) || ']*';
UPDATE account SET username = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(username, char(1564), ''), char(8203), ''), char(8206), ''), char(8207), ''), char(8234), ''), char(8235), ''), char(8236), ''), char(8237), ''), char(8238), ''), char(8294), ''), char(8295), ''), char(8296), ''), char(8297), ''), char(65279), '')
    WHERE username GLOB '*[' || char(1564, 8203, 8206, 8207, 8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, 8297, 65279) || ']*';
UPDATE session SET name = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name, char(1564), ''), char(8203), ''), char(8206), ''), char(8207), ''), char(8234), ''), char(8235), ''), char(8236), ''), char(8237), ''), char(8238), ''), char(8294), ''), char(8295), ''), char(8296), ''), char(8297), ''), char(65279), '')
    WHERE name GLOB '*[' || char(1564, 8203, 8206, 8207, 8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, 8297, 65279) || ']*';
UPDATE account SET username = email WHERE trim(username) = '';
