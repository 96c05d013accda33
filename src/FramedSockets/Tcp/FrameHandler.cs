namespace FramedSockets.Tcp;

/// <summary>
/// Handles one frame. What it sends without waiting gathers and leaves with the rest of the read batch; an exception aborts the
/// connection, but for an <see cref="OperationCanceledException"/> once the connection is
/// <see cref="FrameConnection{THeader}.Stopping"/>, which ends it calmly.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <param name="connection">The connection the frame came from; its frames are handled one after the other.</param>
/// <param name="frame">The frame; valid until the returned task ends.</param>
/// <returns>A task that ends when the frame is handled.</returns>
public delegate ValueTask FrameHandler<THeader>(FrameConnection<THeader> connection, Frame<THeader> frame);
