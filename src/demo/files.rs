//! The files of the demo's tickets, made when it starts: pictures, documents, logs, an archive.

use std::io::{Cursor, Write};

use image::{ImageFormat, Rgb, RgbImage};

use crate::{
    app::App,
    cli::Failure,
    platform::files::{Incoming, Received},
};

/// What is in a file of this name; empty for a name that nobody made up.
fn content(name: &str) -> Result<Vec<u8>, Failure> {
    Ok(match name {
        "console.png" => png(console())?,
        "screenshot.png" => png(panel())?,
        "schet.pdf" => pdf(&["INVOICE No. 1042", "VPS Start, 12 months", "Total: 14 400.00 RUB", "Due in 10 days"]),
        "akt.pdf" => pdf(&["ACT No. 317", "Hosting services, October", "Total: 1 200.00 RUB", "Signed: ospab.host"]),
        "config.zip" => archive(&[("nginx.conf", NGINX_CONF), ("php.ini", "memory_limit = 256M\n")])?,
        "nginx-error.txt" => NGINX_LOG.into(),
        "traceroute.txt" => TRACEROUTE.into(),
        "dpkg-log.txt" => DPKG_LOG.into(),
        _ => Vec::new(),
    })
}

/// Stores these files as if somebody had sent them.
pub async fn receive(app: &App, names: &[String]) -> Result<Vec<Received>, Failure> {
    let files = &app.platform.files;
    let mut received = Vec::with_capacity(names.len());
    for name in names {
        let mut spool = files.spool().await.map_err(super::words)?;
        spool.write(&content(name)?).await?;
        let incoming = Incoming { filename: name.clone(), spool: spool.finish().await?, may_hold_key: false };
        received.push(files.receive(incoming).await.map_err(super::words)?);
    }
    Ok(received)
}

const NGINX_CONF: &str = "server {\n    listen 443 ssl;\n    server_name shop.example;\n    root /var/www/shop;\n    client_max_body_size 64m;\n}\n";
const NGINX_LOG: &str = "2026/01/12 08:41:07 [error] 812#812: *1902 connect() to unix:/run/php/php8.1-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 203.0.113.57, server: shop.example, request: \"GET / HTTP/2.0\"
2026/01/12 08:41:09 [error] 812#812: *1911 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 198.51.100.14, server: shop.example, request: \"POST /cart HTTP/2.0\"
2026/01/12 08:41:15 [warn] 812#812: *1934 an upstream response is buffered to a temporary file /var/lib/nginx/tmp/proxy/2/14/0000000142
";
const TRACEROUTE: &str = "traceroute to 203.0.113.24, 30 hops max, 60 byte packets
 1  192.0.2.1      0.41 ms   0.39 ms   0.44 ms
 2  198.51.100.1   1.92 ms   1.88 ms   2.03 ms
 3  198.51.100.37  11.7 ms   11.9 ms   11.6 ms
 4  * * *
 5  198.51.100.90  184.2 ms  190.5 ms  201.8 ms
 6  203.0.113.24   187.0 ms  186.4 ms  186.9 ms
";
const DPKG_LOG: &str = "2026-01-10 06:12:44 upgrade linux-image-amd64:amd64 6.1.115-1 6.1.119-1
2026-01-10 06:12:51 status half-configured linux-image-amd64:amd64 6.1.119-1
2026-01-10 06:13:20 status installed linux-image-amd64:amd64 6.1.119-1
2026-01-10 06:13:22 trigproc initramfs-tools:all 0.142 <none>
2026-01-10 06:14:02 status installed initramfs-tools:all 0.142
";

/// A document of one page with these lines.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut text = String::from("BT /F1 18 Tf 72 760 Td 28 TL\n");
    for line in lines {
        text.push_str(&format!("({line}) Tj T*\n"));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut out, mut offsets) = (String::from("%PDF-1.4\n"), Vec::new());
    for (n, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        out.push_str(&format!("{offset:010} 00000 n \n"));
    }
    let count = objects.len() + 1;
    out.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    out.into_bytes()
}

fn archive(files: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn png(picture: RgbImage) -> Result<Vec<u8>, Failure> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The screen of a server that does not start.
fn console() -> RgbImage {
    const LINES: [(&str, [u8; 3]); 13] = [
        ("[  OK  ] REACHED TARGET LOCAL FILE SYSTEMS", [190, 200, 190]),
        ("[  OK  ] STARTED NETWORK CONFIGURATION", [190, 200, 190]),
        ("[FAILED] FAILED TO START NGINX.SERVICE", [232, 110, 100]),
        ("         SEE SYSTEMCTL STATUS NGINX.SERVICE", [150, 160, 150]),
        ("[  OK  ] STARTED OPENSSH SERVER", [190, 200, 190]),
        ("", [0; 3]),
        ("DEBIAN GNU/LINUX 12 VPS-2417 TTY1", [220, 220, 220]),
        ("VPS-2417 LOGIN: ROOT", [220, 220, 220]),
        ("PASSWORD:", [220, 220, 220]),
        ("ROOT@VPS-2417:/# DF -H /", [130, 220, 150]),
        ("FILESYSTEM  SIZE  USED  AVAIL  USE%", [190, 200, 190]),
        ("/DEV/VDA1   20G   20G   0      100%", [232, 200, 110]),
        ("ROOT@VPS-2417:/# _", [130, 220, 150]),
    ];
    let mut picture = RgbImage::from_pixel(880, 420, Rgb([17, 20, 26]));
    for (n, (line, colour)) in (0..).zip(LINES) {
        write(&mut picture, (24, 24 + n * 30), line, 4, colour);
    }
    picture
}

/// A page of a control panel with an error on it.
fn panel() -> RgbImage {
    let mut picture = RgbImage::from_pixel(960, 540, Rgb([245, 246, 250]));
    fill(&mut picture, (0, 0, 200, 540), [32, 40, 62]);
    for (n, line) in (0..).zip(["OVERVIEW", "SERVERS", "DOMAINS", "MAIL", "BILLING"]) {
        write(&mut picture, (24, 96 + n * 44), line, 3, [176, 186, 208]);
    }
    write(&mut picture, (24, 28), "PANEL", 5, [255, 255, 255]);
    write(&mut picture, (232, 32), "SHOP.EXAMPLE", 5, [32, 36, 46]);
    fill(&mut picture, (232, 84, 696, 76), [253, 228, 226]);
    fill(&mut picture, (232, 84, 6, 76), [206, 62, 52]);
    write(&mut picture, (256, 104), "ERROR 502: BAD GATEWAY", 4, [160, 36, 30]);
    write(&mut picture, (256, 134), "THE APPLICATION DID NOT ANSWER IN TIME", 3, [160, 36, 30]);
    let bars = [("CPU", 410), ("MEMORY", 452), ("DISK", 470), ("TRAFFIC", 190), ("BACKUPS", 120), ("SSL", 60)];
    for (top, (name, used)) in (188..).step_by(54).zip(bars) {
        fill(&mut picture, (232, top, 696, 46), [255, 255, 255]);
        write(&mut picture, (252, top + 15), name, 3, [70, 76, 92]);
        fill(&mut picture, (420, top + 18, 480, 10), [230, 233, 240]);
        fill(&mut picture, (420, top + 18, used, 10), if used > 440 { [222, 120, 50] } else { [62, 110, 222] });
    }
    picture
}

fn fill(picture: &mut RgbImage, (left, top, width, height): (u32, u32, u32, u32), colour: [u8; 3]) {
    for y in top..(top + height).min(picture.height()) {
        for x in left..(left + width).min(picture.width()) {
            picture.put_pixel(x, y, Rgb(colour));
        }
    }
}

/// Letters of three by five dots: five rows of three bits, the upper row first.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:/[]()=%@#,!_";
const DOTS: [u16; 51] = [
    0o25755, 0o65656, 0o34443, 0o65556, 0o74647, 0o74644, 0o34553, 0o55755, 0o72227, 0o11152, 0o55655, 0o44447,
    0o57755, 0o65555, 0o25552, 0o65644, 0o25563, 0o65655, 0o34216, 0o72222, 0o55557, 0o55552, 0o55775, 0o55255,
    0o55222, 0o71247, 0o75557, 0o26227, 0o61247, 0o61216, 0o55711, 0o74616, 0o34757, 0o71222, 0o75757, 0o75716,
    0o00002, 0o00700, 0o02020, 0o11244, 0o64446, 0o31113, 0o12221, 0o42224, 0o07070, 0o51245, 0o75743, 0o57575,
    0o00024, 0o22202, 0o00007,
];

fn write(picture: &mut RgbImage, (left, top): (u32, u32), text: &str, size: u32, colour: [u8; 3]) {
    for (n, letter) in (0..).zip(text.chars()) {
        let dots = LETTERS.chars().zip(DOTS).find(|(known, _)| *known == letter).map_or(0, |(_, dots)| dots);
        for bit in (0..15).filter(|bit| dots >> (14 - bit) & 1 == 1) {
            let (x, y) = (left + (n * 4 + bit % 3) * size, top + bit / 3 * size);
            fill(picture, (x, y, size, size), colour);
        }
    }
}
