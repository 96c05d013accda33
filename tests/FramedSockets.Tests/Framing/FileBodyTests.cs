using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Bodies that are files, over an output that takes files: whatever it takes of them, the frame is the same.</summary>
public sealed class FileBodyTests : IDisposable
{
    private const int Chunk = 64 * 1024;
    private const int Length = 3_000_000;
    private readonly PoisoningPool _pool = CheckedPool.Create();
    private readonly ScriptedWriter _output = new();
    private readonly Failures _failures = new();
    private readonly TemporaryFile _file = new(Length);
    private readonly FileStream _source;
    private readonly List<(long Offset, int Length)> _asked = [];
    private readonly FrameWriter<int> _writer;
    private Func<long, int, int> _answer = (_, length) => length;
    private Func<long, bool> _dispose = _ => false;

    public FileBodyTests()
    {
        _source = _file.Open(FileShare.ReadWrite);
        _writer = new(new FileTakingOutput(_output, Answer, OnTaken), new TagCodec(4), null, 1000, _pool, _failures);
    }

    public void Dispose()
    {
        _source.Dispose();
        _file.Dispose();
        Assert.False(_output.WasMisused);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task All_but_the_first_bytes_is_given_over_in_pieces()
    {
        await _writer.SendAsync(1, _source, Length).Soon();
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        await AssertSent(_file.Bytes);
        Assert.Equal([(Chunk, 1 << 20), (Chunk + (1 << 20), 1 << 20), (Chunk + (2 << 20), Length - Chunk - (2 << 20))], _asked);
        Assert.Equal(Length, _source.Position);
    }

    [Theory]
    [InlineData(0, 45)]
    [InlineData(1, 45)]
    [InlineData(100_000, 18)]
    public async Task What_is_not_taken_at_once_is_copied_until_more_is_taken(int taken, int asked)
    {
        _answer = (_, _) => taken;
        await _writer.SendAsync(1, _source, Length).Soon();
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        await AssertSent(_file.Bytes);
        Assert.Equal(asked, _asked.Count);
    }

    [Fact]
    public async Task Where_a_file_cannot_be_given_over_the_rest_is_copied()
    {
        _answer = (_, length) => _asked.Count == 1 ? length : -1;
        await _writer.SendAsync(1, _source, Length).Soon();
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        await AssertSent(_file.Bytes);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task It_begins_at_the_position_and_ends_with_the_length()
    {
        // A buffer of the stream's own has read ahead.
        _source.Position = 999;
        Assert.Equal(_file.Bytes[999], _source.ReadByte());
        await _writer.SendAsync(1, _source, 2_000_000).Soon();
        Assert.Equal(2_001_000, _source.Position);
        Assert.Equal(_file.Bytes[2_001_000], _source.ReadByte());
        await _writer.SendAsync(2, Frames.Body(5)).Soon();
        await AssertSent(_file.Bytes[1000..2_001_000]);
        Assert.NotEmpty(_asked);
    }

    [Fact]
    public async Task Small_files_those_that_may_be_written_other_streams_and_bodies_without_a_length_are_copied()
    {
        await _writer.SendAsync(1, _source, (256 * 1024) - 1).Soon();
        await using (var derived = new DerivedStream(_file.FullName))
        {
            await _writer.SendAsync(2, derived, Length).Soon();
        }

        await using (var writable = new FileStream(_file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await _writer.SendAsync(2, writable, Length).Soon();
        }

        _source.Position = 0;
        await _writer.SendAsync(3, new BufferedStream(_source), Length).Soon();
        _source.Position = 0;
        await _writer.SendAsync(TagCodec.UntilEnd, _source, HeaderDecodeResult.UntilEnd).Soon();
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData(Length + 1)]
    [InlineData(Length + 5_000_000)]
    public async Task A_file_that_is_too_short_ends_the_connection_as_any_source_does(int declared)
    {
        var thrown = await Assert.ThrowsAsync<EndOfStreamException>(() => _writer.SendAsync(1, _source, declared).Soon());
        Assert.Equal($"The body's source ended with {declared - Length} of {declared} bytes missing.", thrown.Message);
        AssertSourceFailed(thrown);
        Assert.Equal(TagCodec.HeaderLength + Length, _output.TakenLength);
    }

    [Fact]
    public async Task A_file_that_is_truncated_meanwhile_ends_the_connection()
    {
        _answer = (_, length) =>
        {
            if (_asked.Count == 2)
            {
                _file.Truncate(Chunk + (1 << 20) + 10);
            }

            return length;
        };
        var thrown = await Assert.ThrowsAsync<EndOfStreamException>(() => _writer.SendAsync(1, _source, Length).Soon());
        AssertSourceFailed(thrown);
        Assert.Equal(TagCodec.HeaderLength + Chunk + (1 << 20) + 10, _output.TakenLength);
    }

    [Fact]
    public async Task A_stream_that_is_disposed_meanwhile_is_the_sources_failure()
    {
        _answer = (_, length) =>
        {
            _source.Dispose();
            return length;
        };

        // The file was closed before anything of it was taken.
        var thrown = await Assert.ThrowsAsync<ObjectDisposedException>(() => _writer.SendAsync(1, _source, Length).Soon());
        AssertSourceFailed(thrown);
        Assert.Equal(TagCodec.HeaderLength + Chunk, _output.TakenLength);
        _ = Assert.Single(_asked);
    }

    [Theory]
    [InlineData(Length, false)]
    [InlineData(Length - 1, true)]
    public async Task A_stream_that_is_disposed_behind_its_last_byte_was_sent(int taken, bool isFailure)
    {
        _answer = (offset, length) => offset + length == Length ? taken - (int)offset : length;
        _dispose = offset => offset + (1 << 20) > Length;
        var send = _writer.SendAsync(1, _source, Length).Soon();
        if (isFailure)
        {
            AssertSourceFailed(await Assert.ThrowsAsync<ObjectDisposedException>(() => send));
        }
        else
        {
            await send;
            Assert.Null(_failures.OfWriting);
        }
    }

    [Fact]
    public async Task A_connection_that_fails_is_the_reason()
    {
        var failure = new FramedSocketException(FramedSocketError.ConnectionReset, "test");
        _answer = (_, length) => _asked.Count == 2 ? throw failure : length;
        Assert.Same(failure, await _writer.SendAsync(1, _source, Length).Soon().Fails(FramedSocketError.ConnectionReset));
        Assert.Same(failure, _failures.OfWriting);
        Assert.Equal(Chunk + (1 << 20), _source.Position);
    }

    [Fact]
    public async Task An_end_from_elsewhere_stops_it_at_the_next_piece()
    {
        var failure = new FramedSocketException(FramedSocketError.ConnectionAborted, "test");
        _answer = (_, length) =>
        {
            _writer.Queue.Turn.Fail(failure);
            return length;
        };
        Assert.Same(failure, await _writer.SendAsync(1, _source, Length).Soon().Fails(FramedSocketError.ConnectionAborted));
        _ = Assert.Single(_asked);
    }

    [Fact]
    public async Task Cancelling_between_pieces_ends_the_connection()
    {
        using var cancel = new CancellationTokenSource();
        _answer = (_, length) =>
        {
            cancel.Cancel();
            return length;
        };
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _writer.SendAsync(1, _source, Length, cancel.Token).Soon());
        AssertSourceFailed(thrown);
        _ = Assert.Single(_asked);
    }

    [Fact]
    public async Task The_peer_is_not_held_to_its_rate_while_the_file_is_read_and_every_byte_counts_as_moved()
    {
        var states = new List<WriteState>();
        _answer = (_, length) =>
        {
            states.Add(_writer.State);
            return length;
        };
        await _writer.SendAsync(1, _source, Length).Soon();
        await _writer.FlushAsync().Soon();
        Assert.All(states, state => Assert.False(state.IsSending));
        Assert.Equal([Chunk, Chunk + (1 << 20), Chunk + (2 << 20)], states.Select(state => state.Moved - TagCodec.HeaderLength));
        Assert.Equal(_output.TakenLength, _writer.State.Moved);
        Assert.Equal(0, _writer.Queue.QueuedLength);
    }

    private int Answer(long offset, int length)
    {
        _asked.Add((offset, length));
        return _answer(offset, length);
    }

    private void OnTaken(long offset)
    {
        if (_dispose(offset))
        {
            _source.Dispose();
        }
    }

    private async Task AssertSent(byte[] body)
    {
        await _writer.FlushAsync().Soon();
        var frames = await Frames.Decode(_output.GetTaken(), new TagCodec(4));
        Assert.Equal([1, 2], frames.Select(frame => frame.Tag));
        Assert.True(frames[0].Body.AsSpan().SequenceEqual(body));
        Assert.Null(_failures.OfWriting);
    }

    private void AssertSourceFailed(Exception thrown)
    {
        Assert.Equal(FramedSocketError.ConnectionAborted, _failures.OfWriting?.Error);
        Assert.Same(thrown, _failures.OfWriting?.InnerException);
    }

    private sealed class DerivedStream(string name) : FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
}
