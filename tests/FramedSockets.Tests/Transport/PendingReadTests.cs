using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Who gives the block back where a reader is completed: the last who uses it, and one only.</summary>
public sealed class PendingReadTests
{
    private PendingRead _pending;

    [Fact]
    public void One_who_takes_what_has_arrived_finds_the_reader_completed()
    {
        Wait();
        Assert.True(_pending.TryArrive(out _));
        Assert.True(_pending.Close(out var hasReader));
        Assert.False(hasReader);
        AssertLeaves(isAbandoned: true);
    }

    [Fact]
    public void One_who_has_taken_what_had_arrived_has_nothing_to_do_with_the_completion()
    {
        Wait();
        Assert.True(_pending.TryArrive(out _));
        Assert.True(_pending.TryLeave(out _));
        Assert.False(_pending.Close(out var hasReader));
        Assert.False(hasReader);
    }

    [Fact]
    public void A_further_operation_has_the_block_where_its_reader_is_completed_before_it_can_wait()
    {
        Wait();
        Assert.True(_pending.TryArrive(out _));
        Assert.True(_pending.Close(out _));
        Assert.Equal(PendingRead.Outcome.IsClosed, _pending.Wait());
        AssertArrives(isAbandoned: true);
    }

    [Fact]
    public void A_reader_that_is_completed_in_its_wait_leaves_the_block_to_the_operation()
    {
        Wait();
        Assert.True(_pending.Close(out var hasReader));
        Assert.True(hasReader);
        Assert.False(_pending.TryTakeReader());
        AssertArrives(isAbandoned: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_who_ends_the_wait_and_the_operation_both_have_the_block(bool isOperationFirst)
    {
        Wait();
        Assert.True(_pending.TryTakeReader());
        Assert.True(_pending.Close(out var hasReader));
        Assert.False(hasReader);
        if (isOperationFirst)
        {
            AssertArrives(isAbandoned: false);
            AssertLeaves(isAbandoned: true);
        }
        else
        {
            AssertLeaves(isAbandoned: false);
            AssertArrives(isAbandoned: true);
        }
    }

    [Fact]
    public void One_who_ends_the_wait_has_the_block_when_the_operation_has_ended()
    {
        Wait();
        Assert.True(_pending.TryTakeReader());
        AssertArrives(isAbandoned: false);
        Assert.True(_pending.Close(out _));
        AssertLeaves(isAbandoned: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_operation_whose_wait_was_ended_is_the_next_read_s(bool isOperationFirst)
    {
        Wait();
        Assert.True(_pending.TryTakeReader());
        if (isOperationFirst)
        {
            AssertArrives(isAbandoned: false);
        }

        Assert.True(_pending.TryLeave(out _));
        if (!isOperationFirst)
        {
            AssertArrives(isAbandoned: false);
        }

        Assert.False(_pending.TryBegin());
        Assert.Equal(PendingRead.Outcome.HasArrived, _pending.Wait());
        Assert.True(_pending.TryLeave(out _));
        Assert.True(_pending.TryBegin());
    }

    [Fact]
    public void What_has_arrived_unasked_has_nobody_who_uses_the_block()
    {
        Wait();
        Assert.True(_pending.TryTakeReader());
        Assert.True(_pending.TryLeave(out _));
        AssertArrives(isAbandoned: false);
        Assert.False(_pending.Close(out _));
    }

    private void Wait()
    {
        Assert.True(_pending.TryBegin());
        Assert.Equal(PendingRead.Outcome.Waits, _pending.Wait());
    }

    private void AssertArrives(bool isAbandoned)
    {
        Assert.False(_pending.TryArrive(out var isIt));
        Assert.Equal(isAbandoned, isIt);
    }

    private void AssertLeaves(bool isAbandoned)
    {
        Assert.False(_pending.TryLeave(out var isIt));
        Assert.Equal(isAbandoned, isIt);
    }
}
