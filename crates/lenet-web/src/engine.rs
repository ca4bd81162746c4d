//! One thread answers all who wait for a network, together: a tile of the arithmetic has room for 16 images and costs the same for
//! one. Nobody is made to wait for others to come: what is there is taken at once.

use std::sync::{Arc, Weak};
use std::thread;

use lenet::classify::Answer;
use lenet::data::{Field, Image};
use lenet::kernels::level::Level;
use lenet::workers::Workers;
use tokio::sync::{mpsc, oneshot};

use crate::counts::Counts;
use crate::networks::{Model, Net};
use crate::refusal::Refusal;

/// Images that are answered together at most; a request of more than that is answered in one go.
const TOGETHER: usize = 512;
/// Requests that may wait; who comes later waits for a place.
const WAITING: usize = 1024;
/// Images from which on all cores take part.
const MANY: usize = 1024;

/// Pictures of one size.
#[derive(Debug)]
pub(crate) enum Pictures {
    /// 28x28.
    Images(Vec<Image>),
    /// 32x32, frame and all.
    Fields(Vec<Field>),
}

impl Pictures {
    /// Grey levels of all of them.
    pub(crate) fn levels(&self) -> usize {
        match self {
            Pictures::Images(images) => images.as_flattened().len(),
            Pictures::Fields(fields) => fields.as_flattened().len(),
        }
    }
}

struct Question {
    pictures: Pictures,
    answer: oneshot::Sender<Vec<Answer>>,
}

/// The way to a network's thread, which ends when this is dropped.
pub(crate) struct Engine(mpsc::Sender<Question>);

impl Engine {
    pub(crate) fn start(net: Weak<Net>, level: Level, workers: Arc<Workers>, counts: Arc<Counts>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let work = move || work(&net, level, &workers, &counts, receiver);
        // Without a thread nobody listens, and whoever asks is told so.
        let _ = thread::Builder::new().name("answers".into()).spawn(work);
        Engine(sender)
    }

    /// The answers, in the order of the pictures.
    pub(crate) async fn ask(&self, pictures: Pictures) -> Result<Vec<Answer>, Refusal> {
        let gone = || Refusal::ours("the thread that answers is gone; start the server anew");
        let (answer, answered) = oneshot::channel();
        self.0.send(Question { pictures, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

fn work(
    net: &Weak<Net>,
    level: Level,
    workers: &Workers,
    counts: &Counts,
    mut questions: mpsc::Receiver<Question>,
) {
    let (mut images, mut fields) = (Vec::new(), Vec::new());
    while let Some(first) = questions.blocking_recv() {
        // The network holds the engine, not the other way round.
        let Some(net) = net.upgrade() else { break };
        images.clear();
        fields.clear();
        let (mut waiting, mut next) = (Vec::new(), Some(first));
        while let Some(Question { pictures, answer }) = next.take() {
            match pictures {
                Pictures::Images(some) => {
                    waiting.push((answer, some.len(), true));
                    images.extend(some);
                }
                Pictures::Fields(some) => {
                    waiting.push((answer, some.len(), false));
                    fields.extend(some);
                }
            }
            if images.len() + fields.len() < TOGETHER {
                next = questions.try_recv().ok();
            }
        }
        counts.batch(images.len() + fields.len());
        let mut of_images = answers(&net, level, workers, &images).into_iter();
        let mut of_fields = answers(&net, level, workers, &fields).into_iter();
        for (answer, count, is_image) in waiting {
            let answers = if is_image { &mut of_images } else { &mut of_fields };
            // Who asked may be gone.
            let _ = answer.send(answers.take(count).collect());
        }
    }
}

fn answers<const AREA: usize>(
    net: &Net,
    level: Level,
    workers: &Workers,
    pictures: &[[u8; AREA]],
) -> Vec<Answer> {
    if pictures.len() < MANY {
        return net.model.answers(level, pictures, workers);
    }
    let parts: Vec<_> = pictures.chunks(TOGETHER).map(|part| (part, std::sync::OnceLock::new())).collect();
    workers.each(parts.len(), |k| {
        let (part, place) = &parts[k];
        place.get_or_init(|| net.model.answers(level, part, workers));
    });
    parts.into_iter().flat_map(|(_, place)| place.into_inner().unwrap_or_default()).collect()
}
