//! Tensors as guests have them: a type of elements, dimensions, and bytes that are little-endian.

use super::refusal::Refusal;

/// Types that wasi-nn has, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    F16,
    F32,
    F64,
    U8,
    I32,
    I64,
}

impl Element {
    pub(crate) fn from_number(number: u8) -> Result<Self, Refusal> {
        Ok(match number {
            0 => Self::F16,
            1 => Self::F32,
            2 => Self::F64,
            3 => Self::U8,
            4 => Self::I32,
            5 => Self::I64,
            other => return Err(Refusal::invalid(format!("{other} is no type of tensors"))),
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::U8 => "u8",
            Self::I32 => "i32",
            Self::I64 => "i64",
        })
    }
}

/// As many bytes as its dimensions say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tensor {
    element: Element,
    dimensions: Vec<i64>,
    bytes: Vec<u8>,
}

impl Tensor {
    /// More than any operator of ONNX has a use for.
    pub(crate) const MOST_DIMENSIONS: usize = 16;

    pub(crate) fn new(element: Element, dimensions: Vec<i64>, bytes: Vec<u8>) -> Result<Self, Refusal> {
        if dimensions.len() > Self::MOST_DIMENSIONS {
            let words = format!("{} dimensions are more than {}", dimensions.len(), Self::MOST_DIMENSIONS);
            return Err(Refusal::invalid(words));
        }
        match size(element, &dimensions) {
            Some(size) if size == bytes.len() => Ok(Self { element, dimensions, bytes }),
            Some(size) => Err(Refusal::invalid(format!(
                "a tensor {} of {element} has {size} bytes, and {} were given",
                written(&dimensions),
                bytes.len()
            ))),
            None => {
                let words = format!("a tensor {} of {element} has no place anywhere", written(&dimensions));
                Err(Refusal::invalid(words))
            }
        }
    }

    pub(crate) fn element(&self) -> Element {
        self.element
    }

    pub(crate) fn dimensions(&self) -> &[i64] {
        &self.dimensions
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Bytes of a tensor; `None` when a dimension is negative, or there are more than an address has room for.
pub(crate) fn size(element: Element, dimensions: &[i64]) -> Option<usize> {
    let mut size = element.bytes();
    for dimension in dimensions {
        size = size.checked_mul(usize::try_from(*dimension).ok()?)?;
    }
    Some(size)
}

/// `2×3`; a dimension of any length is `?`.
pub(crate) fn written(dimensions: &[i64]) -> String {
    if dimensions.is_empty() {
        return "of one element".to_owned();
    }
    let written = dimensions.iter().map(|dimension| match dimension {
        ..0 => "?".to_owned(),
        dimension => dimension.to_string(),
    });
    written.collect::<Vec<_>>().join("×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_as_many_as_dimensions_say() {
        let tensor =
            |dimensions: &[i64], bytes| Tensor::new(Element::F32, dimensions.to_vec(), vec![0; bytes]);
        assert!(tensor(&[2, 3], 24).is_ok() && tensor(&[], 4).is_ok() && tensor(&[0, 7], 0).is_ok());
        assert_eq!(
            tensor(&[2, 3], 23).unwrap_err().words,
            "a tensor 2×3 of f32 has 24 bytes, and 23 were given"
        );
        let huge = i64::from(u32::MAX);
        for wrong in [&[huge; 3][..], &[huge, huge, huge, 0], &[-1], &[1; 17]] {
            assert!(tensor(wrong, 0).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn elements_are_numbered_as_in_wasi_nn() {
        let sizes = (0..6).map(|number| Element::from_number(number).unwrap().bytes()).collect::<Vec<_>>();
        assert_eq!(sizes, [2, 4, 8, 1, 4, 8]);
        assert!(Element::from_number(6).is_err() && Element::from_number(255).is_err());
    }
}
