namespace FramedSockets.Tcp;

/// <summary>
/// Handles one connection for all its life: when the task ends, what is queued is sent and the connection is closed; an
/// exception aborts it, but for an <see cref="OperationCanceledException"/> once the connection is
/// <see cref="FrameConnection{THeader}.Stopping"/>, and an <see cref="EndOfStreamException"/> behind the last frame, which end it calmly.
/// Its state is local variables.
/// </summary>
/// <typeparam name="THeader">The header's type.</typeparam>
/// <param name="connection">The connection. The server, or the client's <c>RunAsync</c>, disposes it.</param>
/// <returns>A task that ends when the connection may be closed.</returns>
public delegate Task ConnectionHandler<THeader>(FrameConnection<THeader> connection);
