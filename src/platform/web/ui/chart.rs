//! Pictures of numbers, drawn on the server: shapes in SVG that stretch with their box, texts around
//! them in HTML, so that they stay readable at any width. Colours come from classes.

use std::fmt::Write;

use askama::Template;

/// Units of one slot, and of the whole height.
const SLOT: f64 = 10.0;
const HEIGHT: f64 = 100.0;
/// What of a slot a bar fills.
const BAR: f64 = 6.0;
/// At most so many steps, so that their labels have room.
const STEPS: f64 = 4.0;

/// The vertical axis: round steps from zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    step: f64,
    steps: i32,
}

impl Scale {
    /// For things that are counted.
    pub fn counts(most: f64) -> Self {
        let tens = (0..15).map(|power| 10f64.powi(power));
        Self::fitting(most, tens.flat_map(|ten| [ten, 2.0 * ten, 5.0 * ten]))
    }

    /// For seconds: minutes, hours and days as people name them.
    pub fn seconds(most: f64) -> Self {
        const MINUTES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 360.0];
        let days = (-1..20).map(|power| 86_400.0 * 2f64.powi(power));
        Self::fitting(most, MINUTES.into_iter().map(|minutes| minutes * 60.0).chain(days))
    }

    fn fitting(most: f64, mut known: impl Iterator<Item = f64>) -> Self {
        let most = clean(most);
        let step = known.find(|step| most <= step * STEPS).unwrap_or(most / STEPS);
        Self { step, steps: (most / step).ceil().clamp(1.0, STEPS) as i32 }
    }

    fn top(self) -> f64 {
        self.step * f64::from(self.steps)
    }

    /// Where a value stands, from the top.
    fn y(self, value: f64) -> f64 {
        HEIGHT - HEIGHT * (clean(value) / self.top()).min(1.0)
    }
}

/// What cannot be drawn is nothing.
fn clean(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// One place on the horizontal axis.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// Stands under it; may be empty.
    pub label: String,
    /// Shown on pointing at it.
    pub hint: String,
}

/// What a picture shows, in words: its name and what there is to see.
#[derive(Clone, Debug)]
pub struct Words {
    /// Unique on the page.
    pub id: &'static str,
    pub title: String,
    pub desc: String,
}

/// A picture of a row of slots. Displayed it is markup.
#[derive(Clone, Debug, Template)]
#[template(path = "chart.html")]
pub struct Chart {
    words: Words,
    slots: Vec<Slot>,
    scale: Scale,
    /// Labels of the vertical axis, from the top.
    ticks: Vec<String>,
    bars: String,
    ranges: String,
    line: String,
    dots: String,
}

impl Chart {
    pub fn new(words: Words, slots: Vec<Slot>, scale: Scale, label: impl Fn(f64) -> String) -> Self {
        let ticks = (0..=scale.steps).rev().map(|n| label(scale.step * f64::from(n))).collect();
        let [bars, ranges, line, dots] = [const { String::new() }; 4];
        Self { words, slots, scale, ticks, bars, ranges, line, dots }
    }

    /// A bar from zero in each slot.
    #[must_use]
    pub fn bars(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        for (n, value) in values.into_iter().enumerate() {
            block(&mut self.bars, n, self.scale.y(value), HEIGHT);
        }
        self
    }

    /// A bar between two values, with a dot at the first; nothing where there is none.
    #[must_use]
    pub fn ranges(mut self, values: impl IntoIterator<Item = Option<(f64, f64)>>) -> Self {
        for (n, value) in values.into_iter().enumerate() {
            let Some((low, high)) = value else { continue };
            block(&mut self.ranges, n, self.scale.y(high.max(low)), self.scale.y(low));
            let _ = write!(self.dots, "M{:.1} {:.1}h0", middle(n), self.scale.y(low));
        }
        self
    }

    /// A line through the middle of the slots.
    #[must_use]
    pub fn line(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        for (n, value) in values.into_iter().enumerate() {
            let command = if n == 0 { 'M' } else { 'L' };
            let _ = write!(self.line, "{command}{:.1} {:.1}", middle(n), self.scale.y(value));
        }
        self
    }

    fn width(&self) -> f64 {
        SLOT * self.slots.len().max(1) as f64
    }

    /// The lines behind everything.
    fn grid(&self) -> String {
        let lines = (0..=self.scale.steps).map(|n| HEIGHT * f64::from(n) / f64::from(self.scale.steps));
        lines.map(|y| format!("M0 {y:.1}H{}", self.width())).collect()
    }

    fn x(&self, slot: &usize) -> f64 {
        SLOT * *slot as f64
    }
}

fn middle(slot: usize) -> f64 {
    SLOT * slot as f64 + SLOT / 2.0
}

fn block(path: &mut String, slot: usize, top: f64, bottom: f64) {
    if bottom > top {
        let left = middle(slot) - BAR / 2.0;
        let _ = write!(path, "M{left:.1} {bottom:.1}V{top:.1}h{BAR}V{bottom:.1}z");
    }
}

/// One bar of a list of bars, as wide as its share. Displayed it is markup; the number stands beside it.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="{{ width }}" height="6"/></svg>"#,
    ext = "html"
)]
pub struct Share {
    width: f64,
}

impl Share {
    pub fn new(value: i64, most: i64) -> Self {
        let share = if most > 0 { value.clamp(0, most) as f64 / most as f64 } else { 0.0 };
        Self { width: (share * 1000.0).round() / 10.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::{Reader, events::Event};

    use super::*;

    fn words() -> Words {
        Words { id: "one", title: "<Новые> & \"закрытые\"".into(), desc: "за 30 дней".into() }
    }

    fn slots(n: usize) -> Vec<Slot> {
        vec![Slot { label: "1 <мая>".into(), hint: "1 мая: 5 & 6".into() }; n]
    }

    /// Parses the markup to its end and says how many elements it has.
    fn elements(markup: &str) -> usize {
        let mut reader = Reader::from_str(markup);
        let (mut open, mut all) = (0, 0);
        loop {
            match reader.read_event().expect(markup) {
                Event::Start(start) => {
                    assert!(start.attributes().all(|one| one.is_ok()), "{markup}");
                    (open, all) = (open + 1, all + 1);
                }
                Event::Empty(_) => all += 1,
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(open, 0, "something is not closed: {markup}");
        all
    }

    #[test]
    fn steps_are_round() {
        let labels = |scale: Scale| (0..=scale.steps).map(|n| scale.step * f64::from(n)).collect::<Vec<_>>();
        assert_eq!(labels(Scale::counts(0.0)), [0.0, 1.0]);
        assert_eq!(labels(Scale::counts(3.0)), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(labels(Scale::counts(9.0)), [0.0, 5.0, 10.0]);
        assert_eq!(labels(Scale::counts(61.0)), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(labels(Scale::seconds(50.0 * 60.0)), [0.0, 900.0, 1800.0, 2700.0, 3600.0]);
        assert_eq!(labels(Scale::seconds(30.0 * 3600.0)), [0.0, 43_200.0, 86_400.0, 129_600.0]);
    }

    #[test]
    fn a_picture_has_a_name_and_what_is_said_is_escaped() {
        let chart = Chart::new(words(), slots(3), Scale::counts(4.0), |n| format!("{n} <шт>"));
        let markup = chart.bars([1.0, 4.0, 0.0]).line([0.0, 2.0, 4.0]).to_string();
        assert!(elements(&markup) > 10);
        assert!(markup.contains("role=\"img\"\n      aria-labelledby=\"one-title one-desc\""), "{markup}");
        assert!(!markup.contains("<Новые>") && !markup.contains("<шт>") && !markup.contains("style="), "{markup}");
        // The second bar is full height, the third is nothing.
        assert!(markup.contains("M12.0 100.0V0.0h6V100.0z") && !markup.contains("M22.0"), "{markup}");
        assert!(markup.contains("M5.0 100.0L15.0 50.0L25.0 0.0"), "{markup}");
    }

    #[test]
    fn a_range_that_is_not_there_is_not_drawn() {
        let chart = Chart::new(words(), slots(2), Scale::seconds(240.0), |n| n.to_string());
        let markup = chart.ranges([None, Some((60.0, 240.0))]).to_string();
        assert!(markup.contains("M12.0 75.0V0.0h6V75.0z") && markup.contains("M15.0 75.0h0"), "{markup}");
        assert!(!markup.contains("M5.0"), "{markup}");
    }

    #[test]
    fn a_share_is_between_nothing_and_all() {
        for (value, most, width) in
            [(0, 0, "0"), (5, 10, "50"), (10, 10, "100"), (7, 3, "100"), (-1, 3, "0"), (1, 3, "33.3")]
        {
            let markup = Share::new(value, most).to_string();
            assert!(markup.contains(&format!("<rect width=\"{width}\"")), "{markup}");
            elements(&markup);
        }
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_valid_picture(values in prop::collection::vec(any::<f64>(), 0..40), most in any::<f64>()) {
            for scale in [Scale::counts(most), Scale::seconds(most)] {
                let pairs: Vec<_> = values.iter().map(|value| value.is_normal().then_some((*value, value * 2.0))).collect();
                let chart = Chart::new(words(), slots(values.len()), scale, |n| format!("{n:.0}"));
                let markup = chart.bars(values.clone()).line(values.clone()).ranges(pairs).to_string();
                elements(&markup);
                prop_assert!(!markup.contains("NaN") && !markup.contains("inf"), "{}", markup);
                let ys = markup.split(['V', ' ', 'L', 'M', 'h', '"']).filter_map(|word| word.parse::<f64>().ok());
                prop_assert!(ys.into_iter().all(|y| (0.0..=400.0).contains(&y)));
                prop_assert!(scale.steps >= 1 && scale.top() > 0.0);
            }
        }
    }
}
