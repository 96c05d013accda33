using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FramedSockets.Framing;

/// <summary>
/// Sends bodies that are not copied into the queue: large ones from where they lie, and streamed ones. It holds the output's
/// turn for one frame; once the header is written, the frame goes out whole or the connection ends.
/// </summary>
internal sealed class DirectSender<THeader>(PipeWriter output, OutputQueue<THeader> queue, ArrayPool<byte> pool)
{
    /// <summary>From how many bytes on a body is sent from where it lies.</summary>
    public const int Threshold = 32 * 1024;

    private const int ChunkLength = 64 * 1024;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(THeader header, ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        using var use = queue.BeginUse(body);
        await AcquireAsync(header, body, body.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            var left = body.Length;
            foreach (var segment in body)
            {
                left -= segment.Length;
                await WriteAsync(segment, left == 0 ? use : default).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Sends a whole frame that is encoded already.</summary>
    public async ValueTask SendEncodedAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        queue.Batch.EndIfMine();
        await AcquireAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WriteAsync(frame).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
        finally
        {
            queue.Turn.Release(trailer: 0);
        }
    }

    public async ValueTask SendAsync(THeader header, Stream body, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        queue.ThrowIfOver();
        var limits = queue.Limits;
        queue.Batch.Encoder.CheckStreaming(length, limits);
        using var source = new BodySource<THeader>(queue.Turn, body, length, cancellationToken);
        var rented = pool.Rent(ChunkLength);
        try
        {
            var chunk = rented.AsMemory(0, ChunkLength);
            var count = await source.ReadFirstAsync(chunk).ConfigureAwait(false);
            if (source.IsEndless)
            {
                queue.Batch.Encoder.CheckStreaming(count, limits);
            }

            await AcquireAsync(header, default, length, cancellationToken).ConfigureAwait(false);
            try
            {
                await CopyAsync(source, chunk, count, limits, cancellationToken).ConfigureAwait(false);
                if (source.IsEndless)
                {
                    queue.Reader?.ExpectEnd();
                    queue.Close();
                }
            }
            catch (Exception e)
            {
                Fail(e);
                throw;
            }
            finally
            {
                Release();
            }

            if (source.IsEndless)
            {
                await queue.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            pool.Return(rented);
        }
    }

    /// <summary>Ends the connection, of whose frame a part may be out; where the output has failed, that stays the reason.</summary>
    private void Fail(Exception e) => queue.Turn.Fail(FlushLoop.Failure(e));

    private async ValueTask CopyAsync(
        BodySource<THeader> source, Memory<byte> chunk, int count, FrameLimits limits, CancellationToken cancellationToken)
    {
        var file = FileBody<THeader>.Find(queue.Turn, output, source.Stream, source.Length);
        while (true)
        {
            await WriteAsync(chunk[..count]).ConfigureAwait(false);
            if (file is not null)
            {
                source.Skip(await SendFileAsync(file, source, cancellationToken).ConfigureAwait(false));
            }

            if (source.Left == 0 || (count == 0 && source.IsEndless))
            {
                return;
            }

            count = await source.ReadNextAsync(chunk).ConfigureAwait(false);
            if (source.IsEndless)
            {
                // A body of no declared length is held to the limit as it goes.
                queue.Batch.Encoder.CheckStreaming(source.SoFar, limits);
            }
        }
    }

    private static async ValueTask<long> SendFileAsync(FileBody<THeader> file, BodySource<THeader> source, CancellationToken cancellationToken)
    {
        try
        {
            return await file.SendAsync(source.Left, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Where the connection failed, that is the reason already.
            source.Fail(e);
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, BodyUse use = default)
    {
        FlushResult result;
        queue.Turn.Use(bytes.Length);
        try
        {
            result = await output.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
            queue.Turn.ThrowIfFailed();
            throw;
        }
        finally
        {
            use.Dispose(); // before anybody is told that they have left
            queue.Turn.EndUse();
        }

        if (result.IsCompleted)
        {
            queue.Turn.Fail(FlushLoop.NotTaken());
        }

        queue.Turn.ThrowIfFailed();
    }

    /// <summary>Waits for the pipe to oneself, for a frame that is encoded already.</summary>
    private ValueTask AcquireAsync(CancellationToken cancellationToken)
    {
        OutputWaiter<THeader> waiter;
        lock (queue.Turn.Gate)
        {
            queue.ThrowIfOver();
            if (queue.Turn.IsFree)
            {
                queue.Turn.Begin(trailer: 0);
                queue.Turn.Take();
                return default;
            }

            waiter = queue.Turn.Waiters.Enqueue(OutputWaiter<THeader>.Wish.Turn, default!, default, isLate: true);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Waits for the pipe to oneself, with the header of a body queued, until <see cref="Release"/>.</summary>
    public ValueTask AcquireAsync(in THeader header, in ReadOnlySequence<byte> body, long bodyLength, CancellationToken cancellationToken)
    {
        OutputWaiter<THeader> waiter;
        lock (queue.Turn.Gate)
        {
            queue.ThrowIfOver();
            if (queue.Turn.IsFree)
            {
                queue.AddHead(header, body, bodyLength);
                queue.Turn.Take();
                return default;
            }

            waiter = queue.Turn.Waiters.Enqueue(OutputWaiter<THeader>.Wish.TurnForBody, header, body);
            waiter.BodyLength = bodyLength;
        }

        return WaitAsync(waiter, cancellationToken);
    }

    private ValueTask WaitAsync(OutputWaiter<THeader> waiter, CancellationToken cancellationToken)
    {
        queue.Turn.Kick();
        return queue.Turn.Waiters.WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Ends the turn of a body that was sent, or of which the connection ended. Its trailer is next, and was counted.</summary>
    public void Release()
    {
        var trailer = queue.Encoder.TrailerLength;
        try
        {
            lock (queue.Turn.Gate)
            {
                if (!queue.Turn.HasFailed)
                {
                    queue.Encoder.WriteTrailer(output);
                }
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }

        queue.Turn.Release(trailer);
    }
}
