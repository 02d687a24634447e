//! The bill as a table.

use crate::equiv::bill::Bill;

/// The bill as CSV, one line a kind and value: references, quantity, kind, value, footprint.
#[must_use]
pub fn bill_csv(bill: &Bill) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["references", "quantity", "kind", "value", "footprint"];
    let rows = bill.lines.iter().map(|line| {
        [
            line.references.join(" "),
            line.quantity.to_string(),
            line.kind.name().to_owned(),
            line.value.clone(),
            line.footprint.unwrap_or_default().to_owned(),
        ]
    });
    let all = std::iter::once(head.map(str::to_owned)).chain(rows);
    for row in all {
        // Memory takes what is written.
        let _ = writer.write_record(row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
