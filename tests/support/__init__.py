"""What several tests share: transcripts built by hand, small exams, real peers."""
