using System.Buffers;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class ScriptedWriterTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly ScriptedWriter _output;

    public ScriptedWriterTests() => _output = new(new() { Pool = _pool });

    public override async ValueTask DisposeAsync()
    {
        await _output.CompleteAsync();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public async Task It_shows_what_was_written_and_what_left()
    {
        _output.Write("abc"u8);
        Assert.Equal("abc"u8.ToArray(), _output.GetWritten());
        Assert.Empty(_output.GetTaken());
        _ = await _output.FlushAsync().Soon();
        _ = await _output.FlushAsync().Soon();
        Assert.Empty(_output.GetWritten());
        Assert.Equal("abc"u8.ToArray(), _output.GetTaken());
        Assert.Equal((1, 3L), (_output.Flushes, _output.TakenLength));
    }

    [Fact]
    public async Task It_takes_as_much_as_it_is_told_and_then_the_flush_waits()
    {
        _output.StallAfter(2);
        var flush = Flush("abcdef");
        Assert.Equal("ab"u8.ToArray(), _output.GetTaken());
        _output.StallAfter(3);
        Assert.Equal("abcde"u8.ToArray(), _output.GetTaken());
        Assert.False(flush.IsCompleted);
        _output.Resume();
        await flush;
        await Flush("g");
        Assert.Equal("abcdefg"u8.ToArray(), _output.GetTaken());
        Assert.False(_output.WasMisused);
    }

    [Fact]
    public async Task A_failure_ends_the_flush_that_waits_and_each_later_one()
    {
        var failure = new IOException("gone");
        _output.StallAfter(1);
        var flush = Flush("abc");
        _output.Fail(failure);
        _output.Resume();
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => flush));
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => Flush("d")));
        Assert.Equal("a"u8.ToArray(), _output.GetTaken());
    }

    [Fact]
    public async Task A_flush_that_is_cancelled_before_it_begins_sends_nothing_and_later_all_the_same()
    {
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _output.FlushAsync(new(true)).Soon());
        _output.StallAfter(1);
        _output.Write("abc"u8);
        var flush = _output.FlushAsync().Soon();
        _output.CancelPendingFlush();
        Assert.True((await flush).IsCanceled);
        _output.Resume();
        Assert.Equal("abc"u8.ToArray(), _output.GetTaken());
    }

    [Fact]
    public async Task A_cancellation_that_finds_no_flush_is_for_the_next_one()
    {
        _output.CancelPendingFlush();
        Assert.True((await _output.FlushAsync().Soon()).IsCanceled);
        _output.CancelPendingFlush();
        _output.StallAfter(0);
        _output.Write("abc"u8);
        Assert.True((await _output.FlushAsync().Soon()).IsCanceled);
        _output.Resume();
        Assert.Equal("abc"u8.ToArray(), _output.GetTaken());
        Assert.False((await _output.FlushAsync().Soon()).IsCanceled);
        Assert.False(_output.WasMisused);
    }

    [Fact]
    public void Memory_can_be_made_to_fail()
    {
        _output.MemoryFailure = new InvalidOperationException("no memory");
        _ = Assert.Throws<InvalidOperationException>(() => _output.GetMemory());
        _ = Assert.Throws<InvalidOperationException>(() => _ = _output.GetSpan().Length);
        Assert.False(_output.WasMisused);
    }

    [Fact]
    public async Task Writing_while_a_flush_is_under_way_is_misuse()
    {
        _output.StallAfter(0);
        var flush = Flush("a");
        _ = _output.GetMemory();
        Assert.True(_output.WasMisused);
        _output.Resume();
        await flush;
    }

    [Fact]
    public void Writing_after_the_end_is_misuse()
    {
        var reason = new IOException("why");
        _output.Complete(reason);
        _output.Complete();
        Assert.True(_output.IsCompleted);
        Assert.Same(reason, _output.CompletedWith);
        Assert.False(_output.WasMisused);
        _ = _output.FlushAsync();
        Assert.True(_output.WasMisused);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _output.StallAfter(-1));
        _ = Assert.Throws<ArgumentNullException>(() => _output.Fail(null!));
    }

    private Task Flush(string text)
    {
        _output.Write(System.Text.Encoding.ASCII.GetBytes(text));
        return _output.FlushAsync().Soon();
    }
}
